import { sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sign-ins under way. Bounded: each is removed when it is used or expired, and an address begins so many a minute. */
export class Oidc1790000400000 implements MigrationInterface {
  readonly name = 'Oidc1790000400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS oidc_flows (
      flow_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      redirect_uri VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      expires_at ${sqlTime} NOT NULL,
      KEY ix_oidc_flows_expires_at (expires_at)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS oidc_flows');
  }
}
