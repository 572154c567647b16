import type { MigrationInterface, QueryRunner } from 'typeorm';

const key = 'VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin';

/**
 * The concurrency key of a run while its attempt is out of sight. Such runs are few among the many that wait for a host that is away: they are counted at every claim
 * in a zone that uses keys, and were looked for among all of those.
 */
export class UnseenKeys1764710000000 implements MigrationInterface {
  readonly name = 'UnseenKeys1764710000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE runs
         ADD COLUMN IF NOT EXISTS unseen_key ${key} AS
           (IF(state = 'queued' AND due = 0 AND (accepted_at IS NOT NULL OR wait_code = 'AGENT_FENCED'), concurrency_key, NULL)) PERSISTENT,
         ADD INDEX IF NOT EXISTS ix_runs_unseen_key (unseen_key, zone_id)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE runs DROP INDEX IF EXISTS ix_runs_unseen_key, DROP COLUMN IF EXISTS unseen_key');
  }
}
