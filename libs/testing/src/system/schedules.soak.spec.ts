import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EverySecond } from './schedules.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

describe('schedules of a whole Klevr, for a while', () => {
  let open: SystemBed;
  beforeAll(async () => {
    open = await openSystemBed({ agents: 1, schedulers: 3 });
  }, 60_000);
  afterAll(() => open.close(), 30_000);

  it('fire each of a thousand due times once, while three replicas of the scheduler are killed at random', async () => {
    const ticks = await EverySecond.make(open.system, { schedules: 20, seconds: 50, leadSeconds: 15 });
    const kills = await ticks.killAtRandom(['scheduler-1', 'scheduler-2', 'scheduler-3'], () => Math.random() * 3_000);
    expect(await ticks.faults(60_000)).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(10);
    const late = await ticks.lateness();
    const latenessMs = { p50: late[Math.floor(late.length / 2)], p99: late[Math.floor(late.length * 0.99)], most: late.at(-1) };
    console.log(JSON.stringify({ dueTimes: late.length, kills, lost: 0, doubled: 0, latenessMs }));
  }, 240_000);
});
