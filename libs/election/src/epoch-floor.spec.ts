import { describe, expect, it } from '@jest/globals';
import { firstRevision } from './epoch-floor.js';

describe('the first revision of a bucket that is made again', () => {
  it('is the time in microseconds', () => {
    expect(firstRevision(0, 1_700_000_000_000)).toBe(1_700_000_000_000_000);
  });

  it('lies above the stamps that followed the last recorded epoch, where the clock was set back', () => {
    const epoch = 1_700_000_000_000_000;
    expect(firstRevision(epoch, 1_600_000_000_000)).toBeGreaterThan(epoch + 1_000_000_000);
  });

  it('stays a whole number that is exact, however often the clock is of no help', () => {
    let epoch = firstRevision(0, Date.UTC(2100, 0));
    for (let times = 0; times < 10_000; times++) epoch = firstRevision(epoch, 0);
    expect(Number.isSafeInteger(epoch)).toBe(true);
  });
});
