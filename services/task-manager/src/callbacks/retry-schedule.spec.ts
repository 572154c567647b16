import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import fc from 'fast-check';
import { afterAnswer, type Answer } from './retry-schedule.js';

const now = new Date('2026-01-01T00:00:00.000Z');
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
const answer = (changes: Partial<Answer>): Answer => ({ status: null, retryAfter: null, error: null, hopeless: false, ...changes });
const secondsUntil = (changes: Partial<Answer>, attempts: number, random = 0, firstTryAt = now): number | string => {
  const next = afterAnswer(answer(changes), { attempts, firstTryAt }, now, random);
  return next.step === 'retry' ? (next.at.getTime() - now.getTime()) / 1000 : next.step;
};

/** The times of all tries, in seconds after the first, at a receiver that always answers so. */
const triesAt = (changes: Partial<Answer>, random: () => number): number[] => {
  const clock = new FakeClock();
  const firstTryAt = new Date(clock.nowMs());
  const tries: number[] = [];
  for (let attempts = 1; ; attempts++) {
    const at = new Date(clock.nowMs());
    tries.push((at.getTime() - firstTryAt.getTime()) / 1000);
    const next = afterAnswer(answer(changes), { attempts, firstTryAt }, at, random());
    if (next.step !== 'retry') return tries;
    clock.advance(next.at.getTime() - at.getTime());
  }
};

describe('after a try to deliver a callback', () => {
  it('takes every 2xx as delivered', () =>
    expect([200, 204, 299].map((status) => secondsUntil({ status }, 1))).toEqual(['delivered', 'delivered', 'delivered']));

  it('tries again after an error, a time-out, a redirect and a refusal, ever later', () => {
    for (const status of [null, 302, 404, 500]) expect(secondsUntil({ status }, 1)).toBe(5);
    expect([2, 3, 9, 40].map((attempts) => secondsUntil({ status: 500 }, attempts))).toEqual([15, 60, 14_400, 14_400]);
  });

  it('spreads the tries by up to a tenth', () => expect(secondsUntil({ status: 500 }, 1, 1)).toBe(5.5));

  it('makes the last try 24 hours after the first, and has failed then', () => {
    expect(secondsUntil({ status: 500 }, 13, 0, hoursAgo(23))).toBe(3_600);
    expect(secondsUntil({ status: 500 }, 14, 0, hoursAgo(24))).toBe('failed');
  });

  it('is tried over exactly 24 hours, whatever the dice say', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 20, maxLength: 20 }), (dice) => {
        const tries = triesAt({ status: 500 }, () => dice.pop() ?? 0);
        expect(tries.at(-1)).toBe(86_400);
        expect(tries.length).toBeGreaterThanOrEqual(12);
        expect(tries.length).toBeLessThanOrEqual(16);
      }),
    );
  });

  it('stops at 410, and where it can never succeed', () => {
    expect(secondsUntil({ status: 410 }, 1)).toBe('failed');
    expect(secondsUntil({ hopeless: true }, 1)).toBe('failed');
  });

  it('waits as long as 429 or 503 asks, in seconds or until a date, but no longer than a day', () => {
    expect(secondsUntil({ status: 429, retryAfter: '120' }, 1)).toBe(120);
    expect(secondsUntil({ status: 503, retryAfter: 'Thu, 01 Jan 2026 00:10:00 GMT' }, 1)).toBe(600);
    expect(secondsUntil({ status: 429, retryAfter: '999999' }, 1)).toBe(86_400);
    expect(secondsUntil({ status: 500, retryAfter: '120' }, 1)).toBe(5);
  });

  it('puts the last try later where it is asked to', () =>
    expect(secondsUntil({ status: 429, retryAfter: '7200' }, 13, 0, hoursAgo(23))).toBe(7_200));

  it('never waits less than its own pause', () => {
    expect(secondsUntil({ status: 429, retryAfter: '1' }, 3)).toBe(60);
    expect(secondsUntil({ status: 429, retryAfter: 'soon' }, 1)).toBe(5);
  });
});
