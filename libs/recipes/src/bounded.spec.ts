import { describe, expect, it } from '@jest/globals';
import { bounded, TookTooLong } from './bounded.js';

/** Until so many milliseconds have passed. */
const busy = (ms: number): string => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return 'done';
};
/** Of a thread that gets so many milliseconds between two questions. */
const starved = (stepMs: number): (() => number) => {
  let atMs = 0;
  return () => (atMs += stepMs);
};

describe('work whose time is bounded', () => {
  it('answers, and throws what it throws', () => {
    expect(bounded(() => busy(1))).toBe('done');
    const wrong = (): never => {
      throw new TypeError('wrong');
    };
    expect(() => bounded(wrong)).toThrow(TypeError);
  });

  it('is ended where it runs away', () => {
    expect(() => bounded(() => /^(a+)+$/.test(`${'a'.repeat(60)}!`), 50)).toThrow(TookTooLong);
  });

  it('has more time where its thread got little of it, and no more than ten times as much', () => {
    expect(bounded(() => busy(90), 30, starved(7.3))).toBe('done');
    const tries: number[] = [];
    const endless = (): string => (tries.push(performance.now()), busy(60_000));
    expect(() => bounded(endless, 20, starved(0))).toThrow('was not done after 0.2 s');
    expect(tries).toHaveLength(2);
  });

  it('has no more time where its thread had all of it', () => {
    const tries: number[] = [];
    const slow = (): string => (tries.push(performance.now()), busy(60_000));
    expect(() => bounded(slow, 30, starved(24))).toThrow('was not done after 0.03 s');
    expect(tries).toHaveLength(1);
  });
});
