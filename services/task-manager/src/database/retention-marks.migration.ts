import { sqlId, sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far old logs were deleted, in the order of the ends of their tasks. */
export class RetentionMarks1764410000000 implements MigrationInterface {
  readonly name = 'RetentionMarks1764410000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE IF NOT EXISTS retention_marks (name VARCHAR(32) NOT NULL PRIMARY KEY, at ${sqlTime} NOT NULL, id ${sqlId} NOT NULL)
       ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS retention_marks');
  }
}
