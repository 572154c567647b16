import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RequestMeter } from './request-meter.js';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A shared count as Redis keeps it. */
class Shared {
  count = 0;
  endsAtMs = 0;
  isAway = false;
  readonly asked: number[] = [];

  constructor(private readonly nowMs: () => number) {}

  readonly add = async (_key: string, points: number): Promise<{ points: number; endsInMs: number } | undefined> => {
    this.asked.push(points);
    if (this.isAway) return undefined;
    if (this.nowMs() >= this.endsAtMs) [this.count, this.endsAtMs] = [0, this.nowMs() + 1_000];
    this.count += points;
    return { points: this.count, endsInMs: this.endsAtMs - this.nowMs() };
  };
}

describe('RequestMeter', () => {
  let nowMs = 0;
  const clock = (): number => nowMs;
  const passed = (meter: RequestMeter, times: number, key = 'a'): number =>
    Array.from({ length: times }, () => meter.spend(key)).filter(({ allowed }) => allowed).length;

  it('lets the points of a window pass for each key, and tells what is left and when it begins anew', () => {
    const meter = new RequestMeter({ points: 3, windowMs: 1_000, nowMs: clock });
    expect(meter.spend('a')).toEqual({ allowed: true, remaining: 2, resetMs: 1_000 });
    nowMs += 400;
    expect(passed(meter, 9)).toBe(2);
    expect(meter.spend('a')).toEqual({ allowed: false, remaining: 0, resetMs: 600 });
    expect(meter.spend('b').allowed).toBe(true);
    nowMs += 600;
    expect(passed(meter, 9)).toBe(3);
  });

  it('looks without spending', () => {
    const meter = new RequestMeter({ points: 1, windowMs: 1_000, nowMs: clock });
    expect(meter.look('a').allowed).toBe(true);
    meter.spend('a');
    expect(meter.look('a')).toMatchObject({ allowed: false });
    nowMs += 1_000;
    expect(meter.look('a').allowed).toBe(true);
  });

  it('forgets the keys that were unused for longest', () => {
    const meter = new RequestMeter({ points: 1, windowMs: 1_000, nowMs: clock, maxKeys: 2 });
    expect(['a', 'b', 'a', 'c', 'b', 'a'].map((key) => meter.spend(key).allowed)).toEqual([true, true, false, true, true, true]);
  });

  it('adds to the shared count in lots, and nothing waits for it', async () => {
    const shared = new Shared(clock);
    const meter = new RequestMeter({ points: 100, windowMs: 1_000, nowMs: clock, share: shared.add });
    expect(passed(meter, 5)).toBe(5);
    await settled();
    // While a lot is under way, the next ones gather.
    expect(shared.asked).toEqual([2]);
    passed(meter, 1);
    await settled();
    expect(shared.asked).toEqual([2, 4]);
  });

  it('goes on by itself while the shared count is away', async () => {
    const shared = new Shared(clock);
    shared.isAway = true;
    const meter = new RequestMeter({ points: 10, windowMs: 1_000, nowMs: clock, share: shared.add });
    let count = 0;
    for (let turn = 0; turn < 20; turn++) {
      count += passed(meter, 1);
      await settled();
    }
    expect(count).toBe(10);
  });

  it('lets all replicas together pass no more than the points and a lot for each, and no fewer than the points', async () => {
    const turns = fc.array(fc.nat({ max: 2 }), { minLength: 300, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(turns, async (order) => {
        const shared = new Shared(clock);
        nowMs += 10_000;
        const replicas = [0, 1, 2].map(() => new RequestMeter({ points: 100, windowMs: 1_000, nowMs: clock, share: shared.add }));
        let count = 0;
        for (const replica of order) {
          const meter = replicas[replica];
          if (meter !== undefined) count += passed(meter, 1);
          await settled();
        }
        expect(count).toBeGreaterThanOrEqual(100);
        expect(count).toBeLessThanOrEqual(100 + 3 * 2);
      }),
      { numRuns: 20 },
    );
  });
});
