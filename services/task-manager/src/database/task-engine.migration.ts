import { sqlId, sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const word = 'VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin';
const key = 'VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin';
const defaultLogBytes = 10_485_760;

const added: Record<string, Record<string, string>> = {
  tasks: {
    retry_policy: 'LONGTEXT NULL',
    resumable: 'BOOLEAN NOT NULL DEFAULT FALSE',
    concurrency_key: `${key} NULL`,
    supersedes: `${key} NULL`,
    credentials: 'LONGTEXT NULL',
    kill_grace_seconds: 'DOUBLE NULL',
    max_log_bytes: `INT NOT NULL DEFAULT ${defaultLogBytes}`,
    scheduled_at: `${sqlTime} NULL`,
    schedule_id: `${sqlId} NULL`,
    /** A due time has one task at most, for as long as the task is kept. */
    fire_id: `${sqlId} NULL`,
    /** It waits for the end of this task. */
    after_task_id: `${sqlId} NULL`,
    feed_result: 'BOOLEAN NOT NULL DEFAULT FALSE',
    previous_result: 'MEDIUMTEXT NULL',
    retry_of: `${sqlId} NULL`,
    batch_total: 'INT NOT NULL DEFAULT 0',
    batch_current: 'INT NOT NULL DEFAULT 0',
    batch_state: `${word} NULL`,
    batch_next_at: `${sqlTime} NULL`,
    batch_stop_reason: 'VARCHAR(500) NULL',
  },
  runs: {
    /** From 1; 0 where the task has no batches. */
    batch_no: 'INT NOT NULL DEFAULT 0',
    concurrency_key: `${key} NULL`,
    /** The concurrency key while the run is open: plain runs, and those that have ended, cost its index nothing. */
    open_key: `${key} AS (IF(state IN ('scheduled', 'queued', 'dispatched', 'accepted', 'running', 'recovering'), concurrency_key, NULL)) STORED`,
    supersedes: `${key} NULL`,
    execution: `${word} NOT NULL DEFAULT 'atMostOnce'`,
    /** Another agent may take over. */
    movable: 'BOOLEAN NOT NULL DEFAULT FALSE',
    /** Until then its agent may hold the attempt without having heard from us. */
    lease_until: `${sqlTime} NULL`,
    max_log_bytes: `INT NOT NULL DEFAULT ${defaultLogBytes}`,
    log_cut: 'BOOLEAN NOT NULL DEFAULT FALSE',
    /** Attempts that ended and were followed by another by the retry policy. */
    retries: 'INT NOT NULL DEFAULT 0',
    first_step: 'INT NOT NULL DEFAULT 0',
  },
  attempts: { first_step: 'INT NOT NULL DEFAULT 0', reason: 'LONGTEXT NULL' },
  logs: { at: `${sqlTime} NULL` },
  agent_state: { sealing_key: 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL' },
  zone_dispatch: { max_runs_per_agent: 'INT NOT NULL DEFAULT 64' },
};

const indexes: Record<string, Record<string, string>> = {
  tasks: {
    uq_tasks_fire: 'UNIQUE INDEX IF NOT EXISTS uq_tasks_fire (fire_id)',
    ix_tasks_schedule: 'INDEX IF NOT EXISTS ix_tasks_schedule (schedule_id, id)',
    ix_tasks_after: 'INDEX IF NOT EXISTS ix_tasks_after (after_task_id)',
    ix_tasks_batch: 'INDEX IF NOT EXISTS ix_tasks_batch (batch_next_at)',
    ix_tasks_name: 'INDEX IF NOT EXISTS ix_tasks_name (zone_id, name, id)',
  },
  runs: {
    ix_runs_key: 'INDEX IF NOT EXISTS ix_runs_key (open_key, zone_id)',
    ix_runs_supersedes: 'INDEX IF NOT EXISTS ix_runs_supersedes (supersedes, agent_id)',
  },
};

/** Time-outs may be without end now; what was stored before keeps its own. */
const timeouts = ['tasks', 'runs'];

/** What the whole task engine needs of tasks, runs, attempts, logs, agents and zones. */
export class TaskEngine1764300000000 implements MigrationInterface {
  readonly name = 'TaskEngine1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of timeouts) await runner.query(`ALTER TABLE ${table} MODIFY timeout_seconds DOUBLE NULL`);
    for (const [table, columns] of Object.entries(added)) {
      const adding = Object.entries(columns).map(([name, type]) => `ADD COLUMN IF NOT EXISTS ${name} ${type}`);
      await runner.query(`ALTER TABLE ${table} ${adding.join(', ')}`);
    }
    for (const [table, ofTable] of Object.entries(indexes)) {
      await runner.query(
        `ALTER TABLE ${table} ${Object.values(ofTable)
          .map((index) => `ADD ${index}`)
          .join(', ')}`,
      );
    }
    await runner.query(
      `CREATE TABLE IF NOT EXISTS concurrency_keys (zone_id ${sqlId} NOT NULL, name ${key} NOT NULL, capacity INT NOT NULL, PRIMARY KEY (zone_id, name))
       ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS concurrency_keys');
    for (const [table, ofTable] of Object.entries(indexes)) {
      await runner.query(
        `ALTER TABLE ${table} ${Object.keys(ofTable)
          .map((name) => `DROP INDEX IF EXISTS ${name}`)
          .join(', ')}`,
      );
    }
    for (const [table, columns] of Object.entries(added)) {
      await runner.query(
        `ALTER TABLE ${table} ${Object.keys(columns)
          .map((name) => `DROP COLUMN IF EXISTS ${name}`)
          .join(', ')}`,
      );
    }
  }
}
