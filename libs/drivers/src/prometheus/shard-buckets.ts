/**
 * Which shard scrapes what: targets fall into a fixed number of buckets by the hash of their address, and each shard has some of them.
 * Promises: every bucket has exactly one shard; no shard has more than one bucket more than another; with a shard more, buckets go only to the new one, and with
 * one less only its own go to others, so that most series stay where their history is. All shards work it out alike. Does not: weigh targets.
 */
export const bucketCount = 256;

/** For each bucket its shard. */
export const shardOfBuckets = (shards: number): readonly number[] => {
  const owners = Array.from({ length: bucketCount }, () => 0);
  for (let joined = 1; joined < shards; joined += 1) {
    const counts = Array.from({ length: joined + 1 }, (_, shard) => owners.filter((owner) => owner === shard).length);
    const fair = Math.floor(bucketCount / (joined + 1));
    while ((counts[joined] ?? 0) < fair) {
      const richest = counts.indexOf(Math.max(...counts));
      owners[owners.lastIndexOf(richest)] = joined;
      counts[richest] = (counts[richest] ?? 0) - 1;
      counts[joined] = (counts[joined] ?? 0) + 1;
    }
  }
  return owners;
};

/** A regular expression over the numbers of a shard's buckets. */
export const bucketsOfShard = (shard: number, shards: number): string =>
  shardOfBuckets(shards)
    .flatMap((owner, bucket) => (owner === shard ? [String(bucket)] : []))
    .join('|');
