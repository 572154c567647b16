import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { Pressure } from './pressure.js';

const mebibyte = 1024 * 1024;

/** What was taken and written, with the answer to the last one that has to wait. */
const pressureOf = (mebibytes: number): { pressure: Pressure; clock: FakeClock; free: () => Promise<boolean> } => {
  const clock = new FakeClock();
  const pressure = new Pressure(clock);
  let wait: Promise<void> | undefined;
  for (let taken = 0; taken < mebibytes; taken += 1) {
    wait = pressure.taken(mebibyte);
    pressure.written(mebibyte);
  }
  let gone = wait === undefined;
  void wait?.then(() => (gone = true));
  return { pressure, clock, free: async () => (await clock.advanceAsync(0), gone) };
};

describe('the pressure on writers', () => {
  it('is none as long as little waits to be answered', async () => {
    expect(await pressureOf(4).free()).toBe(true);
    expect(await pressureOf(5).free()).toBe(false);
  });

  it('goes with the answers of the centre', async () => {
    const { pressure, free } = pressureOf(6);
    pressure.answered(mebibyte);
    expect(await free()).toBe(false);
    pressure.answered(mebibyte);
    expect(await free()).toBe(true);
  });

  it('goes when the centre has answered nothing for a while, and comes back with its next answer', async () => {
    const { pressure, clock, free } = pressureOf(6);
    await clock.advanceAsync(9_000);
    pressure.answered(1);
    await clock.advanceAsync(9_000);
    expect(await free()).toBe(false);
    await clock.advanceAsync(1_000);
    expect(await free()).toBe(true);
    expect(pressure.taken(1)).toBeUndefined();
    pressure.written(1);
    pressure.answered(1);
    expect(pressure.taken(1)).toBeInstanceOf(Promise);
    expect(pressure.stuck).toBe(false);
  });

  it('is of the disk where much is not written, and is given up with a word where nothing is written for a while', async () => {
    const clock = new FakeClock();
    const pressure = new Pressure(clock);
    let free = false;
    void pressure.taken(2 * mebibyte)?.then(() => (free = true));
    await clock.advanceAsync(9_999);
    expect([free, pressure.stuck]).toEqual([false, false]);
    await clock.advanceAsync(1);
    expect([free, pressure.stuck]).toEqual([true, true]);
    pressure.written(2 * mebibyte);
    expect(pressure.stuck).toBe(false);
  });

  it('leaves no timer when it is closed', () => {
    const { pressure, clock } = pressureOf(6);
    expect(clock.pendingTimers).toBe(1);
    pressure.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
