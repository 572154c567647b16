import type { MigrationInterface, QueryRunner } from 'typeorm';
import { outbox } from './tables.js';

const key = 'VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin';

/** Written for every task and read by no query. */
const dropped: Record<string, readonly string[]> = {
  runs: ['DROP COLUMN IF EXISTS open_key'],
  tasks: ['DROP INDEX IF EXISTS ix_tasks_name'],
  // The broker drops copies by the id; a second row of one id is harmless.
  [outbox.name]: [`DROP INDEX IF EXISTS uq_${outbox.name}_message`],
};

const undone: Record<string, readonly string[]> = {
  runs: [
    `ADD COLUMN IF NOT EXISTS open_key ${key}
       AS (IF(state IN ('scheduled', 'queued', 'dispatched', 'accepted', 'running', 'recovering'), concurrency_key, NULL)) STORED`,
  ],
  tasks: ['ADD INDEX IF NOT EXISTS ix_tasks_name (zone_id, name, id)'],
};

/** What costs each write and helps no reading. */
export class UnreadIndexes1764700000000 implements MigrationInterface {
  readonly name = 'UnreadIndexes1764700000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, parts] of Object.entries(dropped)) await runner.query(`ALTER TABLE ${table} ${parts.join(', ')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, parts] of Object.entries(undone)) await runner.query(`ALTER TABLE ${table} ${parts.join(', ')}`);
  }
}
