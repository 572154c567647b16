import { sqlId, sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const ascii = 'CHARACTER SET ascii COLLATE ascii_bin';

/** The secrets of zones, sealed. */
export class Credentials1764400000000 implements MigrationInterface {
  readonly name = 'Credentials1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE IF NOT EXISTS credentials (
        zone_id ${sqlId} NOT NULL, name VARCHAR(128) ${ascii} NOT NULL, description VARCHAR(500) NOT NULL,
        box MEDIUMTEXT ${ascii} NOT NULL, value_bytes INT NOT NULL, created_by VARCHAR(255) NOT NULL,
        created_at ${sqlTime} NOT NULL, updated_at ${sqlTime} NOT NULL, last_used_at ${sqlTime} NULL, PRIMARY KEY (zone_id, name)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS credentials');
  }
}
