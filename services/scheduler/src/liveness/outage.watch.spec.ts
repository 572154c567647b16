import { describe, expect, it, jest } from '@jest/globals';
import type { Bus } from '@klevr/messaging/bus';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { PrimariesKeeper } from '../election/primaries.keeper.js';
import type { IncidentsService } from './incidents.service.js';
import type { IncidentsStore } from './incidents.store.js';
import { OutageWatch } from './outage.watch.js';

const setUp = async (stampAgoSeconds?: number) => {
  const clock = new FakeClock();
  const outage = jest.fn(async (_cause: string, _awayMs: number) => undefined);
  let status: (status: 'connected' | 'disconnected') => void = () => undefined;
  let away = false;
  const stamp = clock.nowMs() / 1000 - (stampAgoSeconds ?? 0);
  const ping = async (): Promise<void> => {
    if (away) throw new Error('away');
  };
  const store = { ping, zonesWithAgents: async () => [{ zoneId: 'z', agents: 3 }] } as unknown as IncidentsStore;
  const found = stampAgoSeconds === undefined ? { outcome: 'none', revision: 0 } : { outcome: 'found', revision: 1, key: { stamp } };
  const keeper = { read: async () => found } as unknown as PrimariesKeeper;
  const bus = { onStatus: (listener: typeof status) => void (status = listener) } as unknown as Bus;
  const pending = jest.fn();
  const incidents = { outage, pending, refresh: async () => [] } as unknown as IncidentsService;
  const watch = new OutageWatch(incidents, store, keeper, bus, clock);
  await watch.onApplicationBootstrap();
  return {
    clock,
    outage,
    pending,
    watch,
    status: (value: 'connected' | 'disconnected') => status(value),
    databaseAway: (value: boolean) => (away = value),
  };
};

describe('an outage', () => {
  it('of NATS opens an incident once it is over, unless it was short', async () => {
    const { clock, outage, status } = await setUp();
    status('disconnected');
    clock.advance(1_999);
    status('connected');
    status('connected');
    expect(outage).not.toHaveBeenCalled();
    status('disconnected');
    clock.advance(1_000);
    status('disconnected');
    clock.advance(4_000);
    status('connected');
    expect(outage.mock.calls).toEqual([['natsAway', 5_000]]);
  });

  it('of the database opens one once it answers again, and asks it only until then', async () => {
    const { clock, outage, pending, watch, databaseAway } = await setUp();
    watch.databaseFailed();
    await clock.advanceAsync(2_000);
    expect([outage.mock.calls.length, clock.pendingTimers]).toEqual([0, 0]);
    databaseAway(true);
    watch.databaseFailed();
    await clock.advanceAsync(61_000);
    watch.databaseFailed();
    databaseAway(false);
    await clock.advanceAsync(2_000);
    expect(outage.mock.calls).toEqual([['databaseAway', 62_000]]);
    // Meanwhile nobody is declared lost.
    expect(pending.mock.calls).toEqual([[true], [false], [true], [false]]);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    [undefined, []],
    [14, []],
    [60, [['schedulersAway', 60_000]]],
  ])('of all schedulers is told by stamps that are old at the start: %s s, %j', async (seconds, expected) => {
    const { outage } = await setUp(seconds);
    expect(outage.mock.calls).toEqual(expected);
  });
});
