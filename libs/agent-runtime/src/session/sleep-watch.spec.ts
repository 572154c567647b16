import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { SleepWatch } from './sleep-watch.js';

const watching = (): { clock: FakeClock; watch: SleepWatch; slept: number[] } => {
  const [clock, slept] = [new FakeClock(), [] as number[]];
  const watch = new SleepWatch(clock, (seconds) => slept.push(seconds));
  watch.start();
  return { clock, watch, slept };
};

describe('the watch for sleep', () => {
  it('notices a sleep once, soon after the host is awake', () => {
    const { clock, watch, slept } = watching();
    clock.advance(60_000);
    expect([slept, watch.untoldSeconds]).toEqual([[], 0]);
    clock.sleepHost(3_600_000);
    expect(watch.untoldSeconds).toBe(3_600);
    clock.advance(5_000);
    expect(slept).toEqual([3_600]);
    clock.advance(60_000);
    expect(slept).toHaveLength(1);
    expect(watch.untoldSeconds).toBe(3_600);
    watch.told(3_600);
    expect(watch.untoldSeconds).toBe(0);
  });

  it('does not take a short stop or a set clock for a sleep', () => {
    const { clock, watch, slept } = watching();
    clock.sleepHost(1_900);
    clock.setWall(clock.nowMs() + 3_600_000);
    clock.advance(60_000);
    expect([slept, watch.untoldSeconds]).toEqual([[], 0]);
  });

  it('keeps what came while another sleep was being told', () => {
    const { clock, watch, slept } = watching();
    clock.sleepHost(10_000);
    clock.advance(5_000);
    const saying = watch.untoldSeconds;
    clock.sleepHost(20_000);
    watch.told(saying);
    clock.advance(5_000);
    expect([slept, watch.untoldSeconds]).toEqual([[10, 20], 20]);
  });

  it('leaves no timer behind', () => {
    const { clock, watch } = watching();
    watch.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
