import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { CentreClock } from './centre-clock.js';

describe("the centre's time", () => {
  it('is the wall clock until the centre has told its own', () => {
    const clock = new FakeClock(5_000);
    const centre = new CentreClock(clock);
    expect([centre.known, centre.nowMs()]).toEqual([false, 5_000]);
  });

  it('goes on evenly from what the centre said, whatever is done to the wall clock', () => {
    const clock = new FakeClock();
    const centre = new CentreClock(clock);
    centre.set(1_000_000);
    clock.advance(5);
    clock.setWall(0);
    expect([centre.known, centre.nowMs()]).toEqual([true, 1_000_005]);
  });

  it('counts what the host slept', () => {
    const clock = new FakeClock();
    const centre = new CentreClock(clock);
    centre.set(1_000_000);
    clock.sleepHost(60_000);
    clock.advance(1_000);
    expect(centre.nowMs()).toBe(1_061_000);
  });
});
