/**
 * Where the revisions of a bucket that is made again begin.
 * Promises: above every revision that the lost bucket can have given, so epochs rise and no revision means two things. Recorded are epochs and
 * where buckets began, while stamps use up revisions too; and the clock alone proves nothing, as it may have been set back since.
 * Ten billions of stamps without one recorded election is more than can be: a thousand a second for four months.
 */
const unrecordedRevisions = 10_000_000_000;

export const firstRevision = (highestRecorded: number, wallMs: number): number =>
  Math.max(highestRecorded + unrecordedRevisions, Math.floor(wallMs * 1_000));
