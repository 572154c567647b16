import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EverySecond } from './schedules.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

describe('schedules of a whole Klevr', () => {
  let open: SystemBed;
  beforeAll(async () => {
    open = await openSystemBed({ agents: 1 });
  }, 60_000);
  afterAll(() => open.close(), 90_000);

  it('fire each of a hundred due times once, while replicas of the scheduler are killed at random', async () => {
    const ticks = await EverySecond.make(open.system, { schedules: 13, seconds: 8 });
    const kills = await ticks.killAtRandom(['scheduler-1', 'scheduler-2'], () => 500 + Math.random() * 1_500);
    expect(await ticks.faults(30_000)).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(2);
  }, 60_000);
});
