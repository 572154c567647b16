import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketCount, bucketsOfShard, shardOfBuckets } from './shard-buckets.js';

const shards = fc.integer({ min: 1, max: 32 });

describe('the buckets of the shards', () => {
  it('are shared evenly, each with one shard', () => {
    fc.assert(
      fc.property(shards, (count) => {
        const owners = shardOfBuckets(count);
        const sizes = Array.from({ length: count }, (_, shard) => owners.filter((owner) => owner === shard).length);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(bucketCount);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('move to nobody but the new shard when there is one more', () => {
    fc.assert(
      fc.property(shards, (count) => {
        const [before, after] = [shardOfBuckets(count), shardOfBuckets(count + 1)];
        const moved = after.filter((owner, bucket) => owner !== before[bucket]);
        expect(new Set(moved)).toEqual(new Set([count]));
      }),
    );
  });

  it('are told to Prometheus as numbers of which each stands with one shard', () => {
    const told = [0, 1, 2].flatMap((shard) => bucketsOfShard(shard, 3).split('|').map(Number));
    expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: bucketCount }, (_, bucket) => bucket));
  });
});
