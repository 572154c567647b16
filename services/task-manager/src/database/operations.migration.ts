import { sqlId, sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who carries out operations, and which task each operation got. */
export class Operations1764800000000 implements MigrationInterface {
  readonly name = 'Operations1764800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE agent_state ADD COLUMN IF NOT EXISTS kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'agent'`,
    );
    await runner.query(
      `CREATE TABLE IF NOT EXISTS operation_tasks (
        operation_id ${sqlId} NOT NULL PRIMARY KEY,
        task_id ${sqlId} NOT NULL,
        created_at ${sqlTime} NOT NULL,
        KEY ix_operation_tasks_created (created_at)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS operation_tasks');
    await runner.query('ALTER TABLE agent_state DROP COLUMN IF EXISTS kind');
  }
}
