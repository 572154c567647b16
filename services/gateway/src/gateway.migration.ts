import { sqlId, sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** User names are compared byte by byte: two that look alike to a collation are two users. */
export const sqlName = 'VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

export const createAuditSql = `CREATE TABLE IF NOT EXISTS audit (
  id ${sqlId} NOT NULL PRIMARY KEY,
  at ${sqlTime} NOT NULL,
  user_id ${sqlId} NULL,
  username ${sqlName} NULL,
  address VARCHAR(64) NOT NULL,
  action VARCHAR(128) NOT NULL,
  target VARCHAR(255) NOT NULL,
  status SMALLINT UNSIGNED NOT NULL,
  code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  trace_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  KEY ix_audit_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;

export class CreateGatewayTables1790000000000 implements MigrationInterface {
  readonly name = 'CreateGatewayTables1790000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS users (
      id ${sqlId} NOT NULL PRIMARY KEY,
      username ${sqlName} NOT NULL,
      role VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      created_at ${sqlTime} NOT NULL,
      UNIQUE KEY uq_users_username (username)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query(`CREATE TABLE IF NOT EXISTS sessions (
      id ${sqlId} NOT NULL PRIMARY KEY,
      token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      user_id ${sqlId} NOT NULL,
      address VARCHAR(64) NOT NULL,
      created_at ${sqlTime} NOT NULL,
      expires_at ${sqlTime} NOT NULL,
      UNIQUE KEY uq_sessions_token_hash (token_hash),
      KEY ix_sessions_expires_at (expires_at),
      CONSTRAINT fk_sessions_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query(createAuditSql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS audit');
    await runner.query('DROP TABLE IF EXISTS sessions');
    await runner.query('DROP TABLE IF EXISTS users');
  }
}
