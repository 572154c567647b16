import { describe, expect, it } from '@jest/globals';
import { retryDelayMs } from './retry-delay.js';

describe('the pause before a retry', () => {
  it.each([
    ['a second at first where nothing is said', undefined, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    ['what was said, doubled up to half a minute', 0.1, [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]],
    ['never shorter than what was said', 3_600, [3_600_000, 3_600_000]],
  ])('is %s', (_, first, pauses) => {
    expect(pauses.map((__, index) => retryDelayMs(first, index + 1))).toEqual(pauses);
  });
});
