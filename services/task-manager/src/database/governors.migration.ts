import type { MigrationInterface, QueryRunner } from 'typeorm';

const key = 'VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin';

/**
 * What the governors look up. The queue's index tells host and key by itself, so that neither counting what is under way nor passing by those who
 * cannot go reads the rows; a key needs no index of its own then. A run is found by its `supersedes` key only while it waits: the entry of a run
 * without one never changes.
 */
const changes: Record<string, readonly string[]> = {
  runs: [
    'DROP INDEX IF EXISTS ix_runs_due',
    'ADD INDEX ix_runs_due (zone_id, state, due, priority DESC, id, agent_id, concurrency_key)',
    'DROP INDEX IF EXISTS ix_runs_key',
    'DROP INDEX IF EXISTS ix_runs_supersedes',
    `ADD COLUMN IF NOT EXISTS waiting_key ${key} AS (IF(state IN ('scheduled', 'queued'), supersedes, NULL)) PERSISTENT`,
    'ADD INDEX IF NOT EXISTS ix_runs_waiting_key (waiting_key, zone_id)',
  ],
  tasks: [
    // Open runs of the batch that is under way; null where the task has no batches.
    'ADD COLUMN IF NOT EXISTS batch_open INT NULL',
  ],
};

const undone: Record<string, readonly string[]> = {
  runs: [
    'DROP INDEX IF EXISTS ix_runs_waiting_key',
    'DROP COLUMN IF EXISTS waiting_key',
    `ADD INDEX IF NOT EXISTS ix_runs_supersedes (supersedes, agent_id)`,
    'ADD INDEX IF NOT EXISTS ix_runs_key (open_key, zone_id)',
    'DROP INDEX IF EXISTS ix_runs_due',
    'ADD INDEX ix_runs_due (zone_id, state, due, priority DESC, id)',
  ],
  tasks: ['DROP COLUMN IF EXISTS batch_open'],
};

export class Governors1764320000000 implements MigrationInterface {
  readonly name = 'Governors1764320000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, parts] of Object.entries(changes)) await runner.query(`ALTER TABLE ${table} ${parts.join(', ')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, parts] of Object.entries(undone)) await runner.query(`ALTER TABLE ${table} ${parts.join(', ')}`);
  }
}
