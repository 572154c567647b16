import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { EventClient } from '@klevr/testing/event-client';
import { eventually } from '@klevr/testing/eventually';
import { z } from 'zod';
import { GatewayBed } from '../gateway.fixture.js';
import { TcpDoor } from '../tcp-door.fixture.js';
import { EventLimits } from './event-limits.js';

class SmallLimits extends EventLimits {
  override readonly recentEvents = 100;
  override readonly recentBytes = 1024 * 1024;
  override readonly streams = 210;
  override readonly streamsPerUser = 205;
  override readonly heartbeatMs = 500;
  override readonly stalledMs: number = 2_000;
}

/** Lets a client be slow for as long as it takes to send more than there is room for. */
class PatientLimits extends SmallLimits {
  override readonly stalledMs = 600_000;
}

const numbersOf = (client: EventClient): unknown[] =>
  client.events.filter(({ event }) => event === 'host.changed').map(({ data }) => (data as { data: { n: unknown } }).data.n);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe('following events through faults', () => {
  let gateway: GatewayBed;
  let nats: { door: TcpDoor; url: string };
  const clients: EventClient[] = [];

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    nats = await TcpDoor.to(gateway.bed.natsUrl);
    await gateway.start({ natsUrl: nats.url }, new SmallLimits());
    await gateway.signIn();
  }, 60_000);

  afterEach(() => {
    for (const client of clients.splice(0)) client.hangUp();
  });

  afterAll(async () => {
    await gateway.close();
    await nats.door.remove();
  }, 90_000);

  const follow = async (search = '', lastEventId?: string, replica = 0): Promise<EventClient> => {
    const resume = lastEventId === undefined ? {} : { lastEventId };
    const client = await EventClient.open(gateway.originOf(replica), search, { token: gateway.token, ...resume });
    clients.push(client);
    return client;
  };

  const publish = async (numbers: readonly number[], subjectId: string, fill = ''): Promise<void> => {
    for (const n of numbers) await gateway.publish({ type: 'host.changed', subjectId, data: { n, fill } });
  };

  const cutOff = async (): Promise<void> => {
    nats.door.shut();
    await eventually('the loss is noticed', 5_000, async () => ((await gateway.send('GET', '/readyz')).status === 503 ? true : undefined));
  };

  it('keeps the streams while NATS is away, and tells what was missed when it is back', async () => {
    const subject = newId('agent');
    const client = await follow(`?subject=${subject}`);
    await client.begun();
    await publish(upTo(3), subject);
    await client.until('three events', () => numbersOf(client).length === 3);
    await cutOff();
    await publish([3, 4, 5], subject);
    const late = await follow(`?subject=${subject}`, client.lastId);
    nats.door.reopen();
    await client.until('what was missed', () => numbersOf(client).length === 6);
    await late.until('what was missed', () => numbersOf(late).length === 3);
    expect([numbersOf(client), numbersOf(late)]).toEqual([upTo(6), [3, 4, 5]]);
    expect([client.hasEnded, late.hasEnded]).toEqual([false, false]);
  }, 30_000);

  it('ends a client that does not take what it is sent, says so, and lets it resume without loss', async () => {
    const subject = newId('agent');
    const count = 300;
    await gateway.start({}, new PatientLimits());
    const client = await follow(`?subject=${subject}`, undefined, 1);
    const quick = await follow('?type=host.changed', undefined, 1);
    await client.begun();
    await quick.begun();
    client.pause();
    await publish(upTo(count), subject, 'x'.repeat(60_000));
    await quick.until('all events at the quick one', () => numbersOf(quick).length === count, 30_000);
    client.goOn();
    await client.until('the end', () => client.hasEnded);
    const end = client.events.at(-1);
    const seen = numbersOf(client);
    expect(end).toMatchObject({ event: 'end', data: { reason: 'tooSlow' } });
    expect(seen.length).toBeLessThan(count);
    const resumed = await follow(`?subject=${subject}`, client.lastId, 1);
    await resumed.until('the rest', () => numbersOf(resumed).length === count - seen.length, 30_000);
    expect([...seen, ...numbersOf(resumed)]).toEqual(upTo(count));
  }, 90_000);

  it('lets go of a client that takes nothing at all', async () => {
    const subject = newId('agent');
    const client = await follow(`?subject=${subject}`);
    await client.begun();
    client.pause();
    await publish(upTo(200), subject, 'x'.repeat(60_000));
    const isFree = await eventually('the place is free', 15_000, async () =>
      /^klevr_event_streams 0$/m.test((await gateway.send('GET', '/metrics', { token: '' })).text) ? true : undefined,
    );
    expect(isFree).toBe(true);
  }, 60_000);

  it('tells what can no longer be had, then what can', async () => {
    const subject = newId('agent');
    await publish([0, 1, 2], subject, 'x'.repeat(100_000));
    await gateway.limitEvents(1024 * 1024);
    await publish(upTo(20), subject, 'x'.repeat(100_000));
    await gateway.start({}, new SmallLimits());
    const client = await follow('', '1', 2);
    await client.until('the last event', () => numbersOf(client).at(-1) === 19);
    const [gap, first] = client.events;
    expect(gap).toMatchObject({ event: 'gap', data: { from: 2, reason: 'expired' } });
    const { to } = z.object({ to: z.number() }).parse(gap?.data);
    expect([gap?.id, first?.id]).toEqual([String(to), String(to + 1)]);
    const numbers = numbersOf(client);
    expect(numbers).toEqual(upTo(20).slice(-numbers.length));
    await gateway.limitEvents();
  }, 30_000);

  it('tells of an id that this stream never had, and goes on with what comes', async () => {
    const subject = newId('agent');
    const client = await follow(`?subject=${subject}`, '999999999');
    await client.until('the gap', () => client.events.length === 1);
    expect(client.events[0]).toMatchObject({ event: 'gap', data: { reason: 'replaced' } });
    await publish([1], subject);
    await client.until('the event', () => numbersOf(client).length === 1);
  });

  it('tells 200 clients what happens, each in order, and takes no more than its limit', async () => {
    const subject = newId('agent');
    const followers = await Promise.all(upTo(200).map((n) => follow(n % 2 === 0 ? '' : '?type=host.*')));
    for (const client of followers) await client.begun();
    const before = process.cpuUsage();
    await publish(upTo(50), subject);
    for (const client of followers) await client.until('50 events', () => numbersOf(client).length === 50);
    for (const client of followers) expect(numbersOf(client)).toEqual(upTo(50));
    const { user, system } = process.cpuUsage(before);
    process.stderr.write(`CPU of 50 events to 200 clients, clients included: ${Math.round((user + system) / 1000)} ms\n`);
    const more = await Promise.all(upTo(5).map(() => follow()));
    expect(more.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const refused = await gateway.send('GET', '/api/v1/events');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
  }, 60_000);

  it('ends all streams in order when this process stops', async () => {
    await gateway.start({}, new SmallLimits());
    const replica = 3;
    const client = await follow('', undefined, replica);
    await client.begun();
    const startedAt = performance.now();
    await gateway.stop(replica);
    await client.until('the end', () => client.hasEnded);
    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { reason: 'stopping' } });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  }, 20_000);
});
