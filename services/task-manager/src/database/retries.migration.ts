import { sqlId, sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const added: Record<string, Record<string, string>> = {
  runs: {
    /** Of `atLeastOnce`: its policy, and what a further attempt needs to know of its task. */
    retry: 'VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NULL',
    kill_grace_seconds: 'DOUBLE NULL',
  },
  /** The step did not succeed, and the next one ran all the same. */
  steps: { continued: 'BOOLEAN NOT NULL DEFAULT FALSE' },
};

const tables: Record<string, string> = {
  /** One row a schedule, locked while a task of it is made. */
  schedule_locks: `schedule_id ${sqlId} NOT NULL PRIMARY KEY, used_at ${sqlTime} NOT NULL, KEY ix_schedule_locks_used (used_at)`,
  /** The tasks of schedules that have not ended. */
  schedule_open_tasks: `schedule_id ${sqlId} NOT NULL, task_id ${sqlId} NOT NULL, PRIMARY KEY (schedule_id, task_id)`,
  /** Due times for which no task was made, since the one before was open. */
  skipped_fires: `fire_id ${sqlId} NOT NULL PRIMARY KEY, reason VARCHAR(500) NOT NULL, created_at ${sqlTime} NOT NULL,
    KEY ix_skipped_fires_created (created_at)`,
};

/** What retries, resumed work and tasks of schedules need. */
export class Retries1764310000000 implements MigrationInterface {
  readonly name = 'Retries1764310000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(added)) {
      const adding = Object.entries(columns).map(([name, type]) => `ADD COLUMN IF NOT EXISTS ${name} ${type}`);
      await runner.query(`ALTER TABLE ${table} ${adding.join(', ')}`);
    }
    for (const [name, columns] of Object.entries(tables)) {
      await runner.query(`CREATE TABLE IF NOT EXISTS ${name} (${columns}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(tables)) await runner.query(`DROP TABLE IF EXISTS ${name}`);
    for (const [table, columns] of Object.entries(added)) {
      const dropping = Object.keys(columns).map((name) => `DROP COLUMN IF EXISTS ${name}`);
      await runner.query(`ALTER TABLE ${table} ${dropping.join(', ')}`);
    }
  }
}
