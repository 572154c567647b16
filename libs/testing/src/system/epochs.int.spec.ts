import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { primariesStream } from '@klevr/contracts/subjects';
import { PrimariesBucket } from '@klevr/messaging/primaries-bucket';
import { eventually } from '../eventually.js';
import { connectAdministrator, jetStream } from './administrator.fixture.js';
import { CommandForge } from './command-forge.fixture.js';
import { KeyWatch } from './key-watch.fixture.js';
import type { RawNats } from './raw-nats.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

const recoveryMs = 20_000;

describe('epochs of a zone', () => {
  let open: SystemBed;
  let forge: CommandForge;
  let keys: KeyWatch;
  let administrator: RawNats;
  let bucket: PrimariesBucket;

  beforeAll(async () => {
    open = await openSystemBed({ agents: 2 });
    const { bed, system } = open;
    const bus = await bed.serviceBus('task-manager');
    forge = await CommandForge.open(bus, system);
    keys = new KeyWatch(bus, forge.zoneId);
    await bus.flush();
    administrator = await connectAdministrator(bed.natsUrl, bed.natsIdentity, 'main');
    bucket = new PrimariesBucket(await bed.serviceBus('scheduler'));
  }, 90_000);
  afterAll(async () => {
    administrator.close();
    await open.close();
  }, 30_000);

  const losses: [string, () => Promise<unknown>][] = [
    ['its key was deleted', async () => bucket.remove(forge.zoneId, ((await bucket.read(forge.zoneId)) as { revision: number }).revision)],
    ['its stream was purged', () => jetStream(administrator, `STREAM.PURGE.${primariesStream}`)],
    ['the bucket was deleted', () => jetStream(administrator, `STREAM.DELETE.${primariesStream}`)],
    ['the bucket was deleted once more', () => jetStream(administrator, `STREAM.DELETE.${primariesStream}`)],
  ];

  it.each(losses)(
    'still rise after %s, and the zone recovers by itself',
    async (_loss, lose) => {
      const { api, zone } = open.system;
      const before = await api.primary(zone);
      if (before === null) throw new Error('the zone has no primary');
      await lose();
      const { epoch, key } = await keys.readyAbove(before.epoch, recoveryMs);
      const task = await api.createTask({ name: 'after the loss', zone, target: { all: '' }, steps: [{ name: 'noop', use: 'Noop' }] });
      expect((await api.taskEnd(task.id)).status).toBe('succeeded');
      expect(await forge.wouldTake(key.agentId, before.epoch)).toBe(false);
      expect(await forge.wouldTake(key.agentId, epoch)).toBe(true);
      // A term is written behind the appointment, which waits for no database.
      const epochs = await eventually(`the term of ${epoch}`, 10_000, async () => {
        const told = (await api.terms(zone)).map((term) => term.epoch).toReversed();
        return told.includes(epoch) ? told : undefined;
      });
      expect(epochs).toEqual([...new Set(epochs)].toSorted((a, b) => a - b));
      expect(epochs.at(-1)).toBe(epoch);
    },
    60_000,
  );
});
