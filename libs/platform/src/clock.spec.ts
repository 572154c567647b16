import { uptime } from 'node:os';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SystemClock } from './clock.js';
import { FakeClock } from './fake-clock.js';

describe('SystemClock', () => {
  afterEach(() => void jest.useRealTimers());

  it('fires a timer beyond the longest delay of Node at its time and not at once', () => {
    jest.useFakeTimers();
    const fired = jest.fn();
    const days = 30 * 86_400_000;
    new SystemClock().setTimer(fired, days);
    jest.advanceTimersByTime(days - 1);
    expect(fired).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  it('cancels a timer, also one that waits for its second part', () => {
    jest.useFakeTimers();
    const fired = jest.fn();
    const cancel = new SystemClock().setTimer(fired, 3e9);
    jest.advanceTimersByTime(2.5e9);
    cancel();
    jest.advanceTimersByTime(1e9);
    expect(fired).not.toHaveBeenCalled();
  });

  it('counts uptime in seconds, close to what the system says, and never backwards', () => {
    const clock = new SystemClock();
    let before = 0;
    for (const endMs = performance.now() + 30; performance.now() < endMs;) {
      const now = clock.uptimeSeconds();
      if (now < before) throw new Error(`from ${before} back to ${now}`);
      before = now;
    }
    // A machine may stop for a moment between the two looks.
    expect(Math.abs(before - uptime())).toBeLessThan(10);
  });
});

describe('FakeClock', () => {
  it('fires timers in order, each at its own time, those set by timers included', () => {
    const clock = new FakeClock(0);
    const seen: [string, number][] = [];
    clock.setTimer(() => seen.push(['c', clock.nowMs()]), 30);
    clock.setTimer(() => {
      seen.push(['a', clock.nowMs()]);
      clock.setTimer(() => seen.push(['b', clock.nowMs()]), 5);
    }, 10);
    clock.advance(29);
    expect(seen).toEqual([
      ['a', 10],
      ['b', 15],
    ]);
    clock.advance(1);
    expect(seen.at(-1)).toEqual(['c', 30]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets promises run between timers', async () => {
    const clock = new FakeClock(0);
    let at: number | undefined;
    clock.setTimer(() => {
      void Promise.resolve().then(() => clock.setTimer(() => (at = clock.monotonicMs()), 10));
    }, 10);
    await clock.advanceAsync(100);
    expect(at).toBe(20);
  });

  it('moves wall and uptime, not monotonic time, while the host sleeps', () => {
    const clock = new FakeClock(1000);
    clock.advance(500);
    clock.sleepHost(60_000);
    expect([clock.nowMs(), clock.monotonicMs(), clock.uptimeSeconds()]).toEqual([61_500, 500, 60.5]);
    clock.setWall(5);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([5, 500]);
  });
});
