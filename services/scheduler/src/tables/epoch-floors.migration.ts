import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlTime } from '@klevr/persistence/columns';

const create = `CREATE TABLE IF NOT EXISTS epoch_floors (
  floor BIGINT NOT NULL PRIMARY KEY,
  set_at ${sqlTime} NOT NULL
) ENGINE=InnoDB`;

/** Where each bucket of primaries began: one row for each time that it was made. */
export class EpochFloors1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(create);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS epoch_floors');
  }
}
