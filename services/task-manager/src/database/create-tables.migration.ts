import { sqlId, sqlTime } from '@klevr/persistence/columns';
import { createIdempotencySql, dropIdempotencySql } from '@klevr/persistence/idempotency';
import { createOutboxSql, dropOutboxSql } from '@klevr/persistence/outbox';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { idempotencyKeys, outbox } from './tables.js';

const engine = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';
/** JSON as text: MariaDB's JSON type refuses escapes that are good JSON elsewhere (half a surrogate pair). */
const json = 'LONGTEXT';
const word = 'VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin';

const tables: Record<string, string> = {
  tasks: `
    id ${sqlId} NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, zone_id ${sqlId} NOT NULL, zone_name VARCHAR(63) NOT NULL,
    target ${json} NOT NULL, steps ${json} NOT NULL, recovery ${json} NOT NULL, parameters ${json} NOT NULL,
    timeout_seconds DOUBLE NOT NULL, deadline_at ${sqlTime} NULL, execution ${word} NOT NULL, priority INT NOT NULL,
    status ${word} NOT NULL, reason ${json} NULL, total_runs INT NOT NULL, open_runs INT NOT NULL, has_callbacks BOOLEAN NOT NULL,
    created_by VARCHAR(255) NOT NULL, created_at ${sqlTime} NOT NULL, finished_at ${sqlTime} NULL,
    KEY ix_tasks_zone (zone_id, id), KEY ix_tasks_status (status, id), KEY ix_tasks_finished (finished_at)`,
  runs: `
    id ${sqlId} NOT NULL PRIMARY KEY, task_id ${sqlId} NOT NULL, zone_id ${sqlId} NOT NULL, agent_id ${sqlId} NULL,
    target_kind ${word} NOT NULL, state ${word} NOT NULL, due BOOLEAN NOT NULL DEFAULT TRUE, priority INT NOT NULL,
    attempt INT NOT NULL DEFAULT 0, epoch BIGINT NULL, session ${sqlId} NULL, journal_id ${sqlId} NULL, send_count INT NOT NULL DEFAULT 0,
    wake_at ${sqlTime} NULL, not_after_at ${sqlTime} NULL, limit_at ${sqlTime} NULL,
    wait_code VARCHAR(32) NULL, wait_message VARCHAR(500) NULL, wait_since ${sqlTime} NULL, cancel_requested_at ${sqlTime} NULL,
    timeout_seconds DOUBLE NOT NULL, deadline_at ${sqlTime} NULL, created_at ${sqlTime} NOT NULL, dispatched_at ${sqlTime} NULL,
    accepted_at ${sqlTime} NULL, started_at ${sqlTime} NULL, finished_at ${sqlTime} NULL, exit_code INT NULL, output MEDIUMTEXT NULL,
    reason ${json} NULL, late_result ${json} NULL, result_stored BOOLEAN NOT NULL DEFAULT FALSE,
    log_count INT NOT NULL DEFAULT 0, log_bytes BIGINT NOT NULL DEFAULT 0,
    KEY ix_runs_due (zone_id, state, due, priority DESC, id), KEY ix_runs_task (task_id, id), KEY ix_runs_agent (agent_id, state),
    KEY ix_runs_wake (wake_at)`,
  attempts: `
    run_id ${sqlId} NOT NULL, attempt INT NOT NULL, agent_id ${sqlId} NOT NULL, session ${sqlId} NOT NULL, epoch BIGINT NOT NULL,
    sent_at ${sqlTime} NOT NULL, accepted_at ${sqlTime} NULL, started_at ${sqlTime} NULL, finished_at ${sqlTime} NULL, outcome ${word} NULL,
    PRIMARY KEY (run_id, attempt)`,
  steps: `
    run_id ${sqlId} NOT NULL, attempt INT NOT NULL, phase ${word} NOT NULL, step_index INT NOT NULL, tries INT NOT NULL,
    outcome ${word} NOT NULL, exit_code INT NULL, signal_name VARCHAR(32) NULL, output MEDIUMTEXT NULL,
    started_at ${sqlTime} NULL, finished_at ${sqlTime} NULL, PRIMARY KEY (run_id, attempt, phase, step_index)`,
  logs: `
    run_id ${sqlId} NOT NULL, seq INT NOT NULL, attempt INT NOT NULL, phase ${word} NOT NULL, step_index INT NOT NULL, try INT NOT NULL,
    stream ${word} NOT NULL, stream_offset BIGINT NOT NULL, data MEDIUMBLOB NOT NULL, cut BOOLEAN NOT NULL, PRIMARY KEY (run_id, seq)`,
  callbacks: `
    id ${sqlId} NOT NULL PRIMARY KEY, task_id ${sqlId} NOT NULL, url VARCHAR(2048) NOT NULL, triggers ${json} NOT NULL,
    secret VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, created_at ${sqlTime} NOT NULL, KEY ix_callbacks_task (task_id)`,
  callback_deliveries: `
    id ${sqlId} NOT NULL PRIMARY KEY, callback_id ${sqlId} NOT NULL, task_id ${sqlId} NOT NULL, event_type VARCHAR(32) NOT NULL,
    state ${word} NOT NULL, attempts INT NOT NULL DEFAULT 0, next_at ${sqlTime} NULL, last_status INT NULL, last_error VARCHAR(500) NULL,
    created_at ${sqlTime} NOT NULL, ended_at ${sqlTime} NULL,
    UNIQUE KEY uq_callback_deliveries (callback_id, event_type), KEY ix_callback_deliveries_next (next_at),
    KEY ix_callback_deliveries_task (task_id)`,
  zone_dispatch: `
    zone_id ${sqlId} NOT NULL PRIMARY KEY, zone_name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    max_concurrent_runs INT NOT NULL, last_epoch BIGINT NOT NULL DEFAULT 0, KEY ix_zone_dispatch_name (zone_name)`,
  agent_state: `
    agent_id ${sqlId} NOT NULL PRIMARY KEY, zone_id ${sqlId} NOT NULL, zone_name VARCHAR(63) NOT NULL, session ${sqlId} NULL,
    journal_id ${sqlId} NULL, online BOOLEAN NOT NULL, status VARCHAR(24) NOT NULL, cause VARCHAR(255) NOT NULL,
    since ${sqlTime} NOT NULL, KEY ix_agent_state_zone (zone_id)`,
  fact_cursors: `
    agent_id ${sqlId} NOT NULL, journal_id ${sqlId} NOT NULL, lane ${word} NOT NULL, last_seq BIGINT NOT NULL, updated_at ${sqlTime} NOT NULL,
    PRIMARY KEY (agent_id, journal_id, lane), KEY ix_fact_cursors_updated (updated_at)`,
  refused_facts: `
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, agent_id ${sqlId} NOT NULL, journal_id ${sqlId} NOT NULL, lane ${word} NOT NULL,
    seq BIGINT NOT NULL, detail VARCHAR(500) NOT NULL, body MEDIUMTEXT NOT NULL, created_at ${sqlTime} NOT NULL,
    KEY ix_refused_facts_created (created_at)`,
};

export class CreateTables1750000000000 implements MigrationInterface {
  readonly name = 'CreateTables1750000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, columns] of Object.entries(tables)) {
      await runner.query(`CREATE TABLE IF NOT EXISTS ${name} (${columns}) ${engine}`);
    }
    for (const sql of [...createOutboxSql(outbox), ...createIdempotencySql(idempotencyKeys)]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of [...dropOutboxSql(outbox), ...dropIdempotencySql(idempotencyKeys)]) await runner.query(sql);
    for (const name of Object.keys(tables)) await runner.query(`DROP TABLE IF EXISTS ${name}`);
  }
}
