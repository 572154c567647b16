import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import type { ClaimsStore } from './claims.store.js';
import { DueWatch } from './due.watch.js';
import type { FireWork } from './fire-work.js';
import type { FiresService } from './fires.service.js';
import { ScheduleEventsService } from './schedule-events.service.js';

const work = (fireId: string): FireWork => ({
  ...{ fireId, scheduleId: 's', zoneId: 'z', dueAt: new Date(0), trigger: 'schedule', tries: 0, overlap: 'skip', feedResult: false },
  ...{ task: {} as FireWork['task'], actor: { userId: 'u', username: 'u' } },
});

describe('the watch over due times', () => {
  let clock: FakeClock;
  let watch: DueWatch;
  /** Due times that nobody has claimed; what was left behind; who is at work. */
  let due: number[];
  let left: number[];
  let busy: Map<string, () => void>;
  let looks: number[];
  let fails: boolean;
  /** Another replica has it locked. */
  let hidden: boolean;

  beforeEach(() => {
    clock = new FakeClock(0);
    [due, left, looks, fails, hidden] = [[], [], [], false, false];
    busy = new Map<string, () => void>();
    const taken = (from: number[], now: Date, limit: number, name: string): FireWork[] => {
      const found = from.filter((at) => !hidden && at <= now.getTime()).slice(0, limit);
      for (const at of found) from.splice(from.indexOf(at), 1);
      return found.map((at, index) => work(`${name} ${at}/${index}`));
    };
    const claims = {
      claim: (now: Date, limit: number) => {
        looks.push(now.getTime());
        if (fails) return Promise.reject(new Error('away'));
        const found = taken(due, now, limit, 'due');
        return Promise.resolve({ claimed: found.length, work: found });
      },
      takeUp: (now: Date, limit: number) => Promise.resolve(taken(left, now, limit, 'left')),
      nextAt: () => Promise.resolve(due.length + left.length === 0 ? null : new Date(Math.min(...due, ...left))),
    };
    const fires = { carryOut: ({ fireId }: FireWork) => new Promise<void>((resolve) => busy.set(fireId, resolve)) };
    const log = { warn: () => undefined } as unknown as Log;
    watch = new DueWatch(claims as unknown as ClaimsStore, fires as unknown as FiresService, clock, log);
  });
  afterEach(async () => {
    for (const finish of busy.values()) finish();
    await watch.beforeApplicationShutdown();
  });

  const begin = async (): Promise<void> => {
    watch.onApplicationBootstrap();
    await clock.advanceAsync(0);
  };

  it('wakes at the next due time, to the millisecond, and takes up what was left behind', async () => {
    due = [1_234, 9_000];
    left = [5_000];
    await begin();
    await clock.advanceAsync(1_233);
    expect([...busy.keys()]).toEqual([]);
    await clock.advanceAsync(1);
    expect([...busy.keys()]).toEqual(['due 1234/0']);
    await clock.advanceAsync(3_766);
    expect([...busy.keys()]).toEqual(['due 1234/0', 'left 5000/0']);
    await clock.advanceAsync(4_000);
    expect(busy.size).toBe(3);
  });

  it('looks each half minute where nothing is due, as the clock may have been set', async () => {
    due = [86_400_000];
    await begin();
    await clock.advanceAsync(59_999);
    expect(looks).toEqual([0, 30_000]);
    clock.setWall(86_400_000);
    await clock.advanceAsync(1);
    expect(busy.size).toBe(1);
  });

  it('wakes by what another replica has changed, and not by what it has fired', async () => {
    await begin();
    const events = new ScheduleEventsService(watch);
    due = [10];
    clock.advance(20);
    events.heard({ type: 'schedule.fired' });
    await clock.advanceAsync(1_000);
    expect(busy.size).toBe(0);
    events.heard({ type: 'schedule.changed' });
    await clock.advanceAsync(0);
    expect(busy.size).toBe(1);
  });

  it('looks again soon for what is due and is not to be had, without end or haste', async () => {
    [due, hidden] = [[1], true];
    await begin();
    await clock.advanceAsync(1_001);
    expect(looks.length).toBeGreaterThan(20);
    expect(looks.length).toBeLessThan(60);
  });

  it('takes no more than it can work on, and goes on as soon as half of that is done', async () => {
    due = Array.from({ length: 70 }, () => 0);
    await begin();
    const first = [...busy.values()];
    expect([first.length, due.length]).toEqual([64, 6]);
    for (const finish of first.slice(0, 31)) finish();
    await clock.advanceAsync(0);
    expect(due).toHaveLength(6);
    first[31]?.();
    await clock.advanceAsync(0);
    expect(due).toHaveLength(0);
  });

  it('tries again where the database is away', async () => {
    due = [0];
    fails = true;
    await begin();
    await clock.advanceAsync(2_500);
    expect(looks).toEqual([0, 1_000, 2_000]);
    fails = false;
    await clock.advanceAsync(500);
    expect(busy.size).toBe(1);
  });

  it('ends only after what it has in hand, and takes nothing more', async () => {
    due = [0, 100];
    await begin();
    let ended = false;
    const end = watch.beforeApplicationShutdown().then(() => {
      ended = true;
    });
    await clock.advanceAsync(200);
    expect([ended, busy.size]).toEqual([false, 1]);
    for (const finish of busy.values()) finish();
    await end;
    expect([due, clock.pendingTimers]).toEqual([[100], 0]);
  });
});
