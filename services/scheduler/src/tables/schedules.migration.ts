import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlId, sqlJson, sqlTime } from '@klevr/persistence/columns';

const ascii = 'CHARACTER SET ascii COLLATE ascii_bin';
const table = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

/**
 * `open_fires` is true while a fire of the schedule has neither its task nor a refusal; no further due time is taken up until then, so that tasks are
 * made in order. `slot` lets a due time be in the ledger once, and any number of manual ones beside it. `take_up_at` is when a replica may try
 * the fire: the end of another one's lease, or of a pause; null for one that waits for the fire before it.
 */
const up = [
  `CREATE TABLE IF NOT EXISTS schedules (
    id ${sqlId} NOT NULL PRIMARY KEY,
    zone_id ${sqlId} NOT NULL,
    name VARCHAR(200) NOT NULL,
    task ${sqlJson} NOT NULL,
    cron VARCHAR(200) NULL,
    at ${sqlTime} NULL,
    time_zone VARCHAR(64) ${ascii} NOT NULL,
    start_at ${sqlTime} NULL,
    until_at ${sqlTime} NULL,
    misfire VARCHAR(16) ${ascii} NOT NULL,
    misfire_limit INT NOT NULL,
    misfire_after_seconds DOUBLE NOT NULL,
    overlap VARCHAR(16) ${ascii} NOT NULL,
    feed_result BOOLEAN NOT NULL,
    status VARCHAR(16) ${ascii} NOT NULL,
    next_due_at ${sqlTime} NULL,
    open_fires BOOLEAN NOT NULL DEFAULT FALSE,
    wake_at ${sqlTime} AS (IF(status = 'active' AND NOT open_fires, next_due_at, NULL)) PERSISTENT,
    last_task_id ${sqlId} NULL,
    revision INT NOT NULL,
    created_by VARCHAR(255) NOT NULL,
    created_by_id VARCHAR(64) NOT NULL,
    created_at ${sqlTime} NOT NULL,
    KEY ix_schedules_zone (zone_id, id),
    KEY ix_schedules_wake (wake_at)
  ) ${table}`,
  `CREATE TABLE IF NOT EXISTS fires (
    id ${sqlId} NOT NULL PRIMARY KEY,
    schedule_id ${sqlId} NOT NULL,
    due_at ${sqlTime} NOT NULL,
    slot VARCHAR(36) ${ascii} NOT NULL,
    cause VARCHAR(16) ${ascii} NOT NULL,
    state VARCHAR(16) ${ascii} NOT NULL,
    reason VARCHAR(500) NULL,
    fired_at ${sqlTime} NULL,
    task_id ${sqlId} NULL,
    actor ${sqlJson} NULL,
    tries INT NOT NULL DEFAULT 0,
    take_up_at ${sqlTime} NULL,
    UNIQUE KEY uq_fires_due (schedule_id, due_at, slot),
    KEY ix_fires_state (schedule_id, state, due_at),
    KEY ix_fires_take_up (take_up_at)
  ) ${table}`,
];

/** Schedules and the ledger of their due times. */
export class Schedules1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS fires');
    await runner.query('DROP TABLE IF EXISTS schedules');
  }
}
