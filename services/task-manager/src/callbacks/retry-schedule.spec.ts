import { describe, expect, it } from '@jest/globals';
import { afterAnswer, type Answer } from './retry-schedule.js';

const now = new Date('2026-01-01T00:00:00.000Z');
const answer = (changes: Partial<Answer>): Answer => ({ status: null, retryAfter: null, error: null, hopeless: false, ...changes });
const secondsUntil = (changes: Partial<Answer>, attempts: number, random = 0): number | string => {
  const next = afterAnswer(answer(changes), attempts, now, random);
  return next.step === 'retry' ? (next.at.getTime() - now.getTime()) / 1000 : next.step;
};

describe('after a try to deliver a callback', () => {
  it('takes every 2xx as delivered', () =>
    expect([200, 204, 299].map((status) => secondsUntil({ status }, 1))).toEqual(['delivered', 'delivered', 'delivered']));

  it('tries again after an error, a time-out, a redirect and a refusal, ever later', () => {
    for (const status of [null, 302, 404, 500]) expect(secondsUntil({ status }, 1)).toBe(5);
    expect([2, 3, 11].map((attempts) => secondsUntil({ status: 500 }, attempts))).toEqual([15, 60, 28_800]);
  });

  it('spreads the tries by up to a tenth', () => expect(secondsUntil({ status: 500 }, 1, 1)).toBe(5.5));
  it('has failed after twelve', () => expect(secondsUntil({ status: 500 }, 12)).toBe('failed'));
  it('stops at 410, and where it can never succeed', () => {
    expect(secondsUntil({ status: 410 }, 1)).toBe('failed');
    expect(secondsUntil({ hopeless: true }, 1)).toBe('failed');
  });

  it('waits as long as the receiver asks, in seconds or until a date, but no longer than a day', () => {
    expect(secondsUntil({ status: 429, retryAfter: '120' }, 1)).toBe(120);
    expect(secondsUntil({ status: 429, retryAfter: 'Thu, 01 Jan 2026 00:10:00 GMT' }, 1)).toBe(600);
    expect(secondsUntil({ status: 429, retryAfter: '999999' }, 1)).toBe(86_400);
  });

  it('never waits less than its own pause', () => {
    expect(secondsUntil({ status: 429, retryAfter: '1' }, 3)).toBe(60);
    expect(secondsUntil({ status: 429, retryAfter: 'soon' }, 1)).toBe(5);
  });
});
