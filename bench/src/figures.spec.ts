import { describe, expect, it } from '@jest/globals';
import { percentile, spread } from './figures.js';

describe('percentiles', () => {
  it('are samples that occurred, by nearest rank', () => {
    const samples = [5, 1, 4, 2, 3];
    expect([0, 20, 50, 99, 100].map((p) => percentile(samples, p))).toEqual([1, 1, 3, 5, 5]);
  });

  it('of one sample are that sample', () => {
    expect(spread([7])).toEqual({ n: 1, minMs: 7, p50Ms: 7, p99Ms: 7, maxMs: 7 });
  });
});
