import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { Heartbeats } from './heartbeats.js';

describe('heartbeats', () => {
  it('come at once and then each period, up to a fifth more or less', () => {
    const clock = new FakeClock();
    const beats: number[] = [];
    const heartbeats = new Heartbeats(
      clock,
      () => 10,
      () => beats.push(clock.monotonicMs()),
    );
    heartbeats.start();
    clock.advance(200_000);
    const gaps = beats.slice(1).map((at, index) => at - (beats[index] ?? 0));
    expect(beats[0]).toBe(0);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(8_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(12_000);
    heartbeats.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('take a shorter period into account at once', () => {
    const clock = new FakeClock();
    let [period, beats] = [100, 0];
    const heartbeats = new Heartbeats(
      clock,
      () => period,
      () => (beats += 1),
    );
    heartbeats.start();
    period = 1;
    heartbeats.start();
    clock.advance(10_000);
    expect(beats).toBeGreaterThan(8);
  });
});
