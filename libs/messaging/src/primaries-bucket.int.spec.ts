import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { PrimaryKey } from '@klevr/contracts/presence';
import { republishHeaders } from '@klevr/contracts/presence';
import { primariesBucketPlan } from '@klevr/contracts/streams';
import { subjects } from '@klevr/contracts/subjects';
import { TestBed } from '@klevr/testing/test-bed';
import { jetstreamManager } from '@nats-io/jetstream';
import type { Bus } from './bus.js';
import { PrimariesBucket } from './primaries-bucket.js';

const keyOf = (): PrimaryKey => ({
  agentId: newId('agent'),
  session: newId('session'),
  epoch: null,
  stamp: 1,
  since: new Date(0).toISOString(),
  conn: null,
});

describe('the bucket of primaries', () => {
  let bed: TestBed;
  let bus: Bus;
  let bucket: PrimariesBucket;
  beforeAll(async () => {
    bed = await TestBed.open();
    bus = await bed.serviceBus('scheduler');
    bucket = new PrimariesBucket(bus);
  }, 60_000);
  afterAll(() => bed.close());

  it('is made once, and made again only above the given floor', async () => {
    expect(await bucket.ensure(1000)).toBe(true);
    expect(await bucket.ensure(5000)).toBe(false);
    const first = await bucket.put(newId('zone'), keyOf(), 0);
    expect(first).toEqual({ outcome: 'written', revision: 1000 });
    await (await jetstreamManager(bus.connection, { checkAPI: false })).streams.delete(primariesBucketPlan.stream);
    expect(await bucket.ensure(9000)).toBe(true);
    expect(await bucket.put(newId('zone'), keyOf(), 0)).toEqual({ outcome: 'written', revision: 9000 });
  });

  it('lets exactly one of many writers win a revision', async () => {
    const zone = newId('zone');
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => bucket.put(zone, keyOf(), 0)));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([...Array<string>(7).fill('conflict'), 'written']);
  });

  it('reads back what stands, and a removed key as none with the revision to expect', async () => {
    const zone = newId('zone');
    const key = keyOf();
    expect(await bucket.read(zone)).toEqual({ outcome: 'none', revision: 0 });
    const written = await bucket.put(zone, key, 0);
    if (written.outcome !== 'written') throw new Error(written.outcome);
    expect(await bucket.read(zone)).toEqual({ outcome: 'found', key, revision: written.revision });
    const removed = await bucket.remove(zone, written.revision);
    if (removed.outcome !== 'written') throw new Error(removed.outcome);
    expect(await bucket.read(zone)).toEqual({ outcome: 'none', revision: removed.revision });
    expect((await bucket.put(zone, key, removed.revision)).outcome).toBe('written');
  });

  it('tells every change to the agents of the zone, revision included', async () => {
    const { bus: agent, zoneId } = await bed.agentBus();
    const messages: { revision: string | undefined; body: string }[] = [];
    let wake = (): void => undefined;
    agent.subscribe(subjects.primary.build({ zone: zoneId }), (message) => {
      messages.push({ revision: message.header(republishHeaders.sequence), body: new TextDecoder().decode(message.bytes) });
      wake();
    });
    await agent.flush();
    const key = keyOf();
    const written = await bucket.put(zoneId, key, 0);
    while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    expect(messages).toEqual([{ revision: String((written as { revision: number }).revision), body: JSON.stringify(key) }]);
  });
});
