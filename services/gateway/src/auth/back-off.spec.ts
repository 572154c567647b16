import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LONGEST_PAUSE_SECONDS, pauseSeconds } from './back-off.js';

const rule = { threshold: 5, windowSeconds: 60 };

describe('pauseSeconds', () => {
  it('lets four failures pass, then doubles up to a quarter of an hour', () => {
    const failures = [0, 1, 4, 5, 6, 7, 8, 14, 15, 16, 1_000_000];
    expect(failures.map((each) => pauseSeconds(each, rule))).toEqual([0, 0, 0, 1, 2, 4, 8, 512, 900, 900, 900]);
  });

  it('never gets shorter by another failure', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.integer({ min: 1, max: 500 }), (failures, threshold) => {
        const [now, next] = [failures, failures + 1].map((each) => pauseSeconds(each, { threshold, windowSeconds: 1 }));
        return (next ?? 0) >= (now ?? 0) && (next ?? 0) <= LONGEST_PAUSE_SECONDS;
      }),
    );
  });
});
