import { sqlId, sqlTime } from '@klevr/persistence/columns';
import { createIdempotencySql, dropIdempotencySql } from '@klevr/persistence/idempotency';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlName } from './gateway.migration.js';
import { idempotencyKeys } from './tables.js';

const sqlHash = 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
/** A list of {role, zones}. */
const sqlGrants = 'LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

/** People, what they may do, and how else they and their programs come in. */
export class Identity1790000100000 implements MigrationInterface {
  readonly name = 'Identity1790000100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users
      ADD COLUMN IF NOT EXISTS grants ${sqlGrants} NULL AFTER username,
      ADD COLUMN IF NOT EXISTS display_name VARCHAR(200) NULL,
      ADD COLUMN IF NOT EXISTS password_changed_at ${sqlTime} NULL,
      ADD COLUMN IF NOT EXISTS must_change_password BOOLEAN NOT NULL DEFAULT FALSE,
      ADD COLUMN IF NOT EXISTS disabled_at ${sqlTime} NULL,
      ADD COLUMN IF NOT EXISTS last_sign_in_at ${sqlTime} NULL,
      ADD COLUMN IF NOT EXISTS revision INT UNSIGNED NOT NULL DEFAULT 1,
      MODIFY COLUMN password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL`);
    if (await runner.hasColumn('users', 'role')) {
      await runner.query(`UPDATE users SET grants = JSON_ARRAY(JSON_OBJECT('role', role, 'zones', NULL)) WHERE grants IS NULL`);
      await runner.query(`ALTER TABLE users DROP COLUMN role, MODIFY COLUMN grants ${sqlGrants} NOT NULL`);
    }
    await runner.query(`ALTER TABLE sessions
      ADD COLUMN IF NOT EXISTS previous_hash ${sqlHash} NULL,
      ADD COLUMN IF NOT EXISTS previous_until ${sqlTime} NULL,
      ADD COLUMN IF NOT EXISTS ends_at ${sqlTime} NULL,
      ADD COLUMN IF NOT EXISTS last_used_at ${sqlTime} NULL,
      ADD COLUMN IF NOT EXISTS user_agent VARCHAR(255) NULL,
      ADD COLUMN IF NOT EXISTS method VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'password',
      ADD UNIQUE KEY IF NOT EXISTS uq_sessions_previous_hash (previous_hash)`);
    await runner.query(`CREATE TABLE IF NOT EXISTS api_tokens (
      id ${sqlId} NOT NULL PRIMARY KEY,
      token_hash ${sqlHash} NOT NULL,
      prefix VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      name VARCHAR(200) NOT NULL,
      user_id ${sqlId} NOT NULL,
      grants ${sqlGrants} NOT NULL,
      created_at ${sqlTime} NOT NULL,
      expires_at ${sqlTime} NULL,
      last_used_at ${sqlTime} NULL,
      UNIQUE KEY uq_api_tokens_token_hash (token_hash),
      KEY ix_api_tokens_user (user_id),
      CONSTRAINT fk_api_tokens_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query(`CREATE TABLE IF NOT EXISTS invitations (
      id ${sqlId} NOT NULL PRIMARY KEY,
      token_hash ${sqlHash} NOT NULL,
      username ${sqlName} NULL,
      grants ${sqlGrants} NOT NULL,
      created_by ${sqlId} NOT NULL,
      created_at ${sqlTime} NOT NULL,
      expires_at ${sqlTime} NOT NULL,
      used_at ${sqlTime} NULL,
      user_id ${sqlId} NULL,
      UNIQUE KEY uq_invitations_token_hash (token_hash),
      KEY ix_invitations_expires_at (expires_at)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query(`CREATE TABLE IF NOT EXISTS identities (
      issuer VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      subject VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      user_id ${sqlId} NOT NULL,
      created_at ${sqlTime} NOT NULL,
      last_used_at ${sqlTime} NULL,
      PRIMARY KEY (issuer, subject),
      KEY ix_identities_user (user_id),
      CONSTRAINT fk_identities_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    for (const statement of createIdempotencySql(idempotencyKeys)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of dropIdempotencySql(idempotencyKeys)) await runner.query(statement);
    for (const table of ['identities', 'invitations', 'api_tokens']) await runner.query(`DROP TABLE IF EXISTS ${table}`);
    await runner.query(`ALTER TABLE sessions DROP KEY IF EXISTS uq_sessions_previous_hash, DROP COLUMN IF EXISTS previous_hash,
      DROP COLUMN IF EXISTS previous_until, DROP COLUMN IF EXISTS ends_at, DROP COLUMN IF EXISTS last_used_at,
      DROP COLUMN IF EXISTS user_agent, DROP COLUMN IF EXISTS method`);
    await runner.query(
      `ALTER TABLE users ADD COLUMN IF NOT EXISTS role VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'viewer'`,
    );
    await runner.query(`UPDATE users SET role = JSON_VALUE(grants, '$[0].role')`);
    await runner.query('DELETE FROM users WHERE password_hash IS NULL');
    await runner.query(`ALTER TABLE users DROP COLUMN IF EXISTS grants, DROP COLUMN IF EXISTS display_name,
      DROP COLUMN IF EXISTS password_changed_at, DROP COLUMN IF EXISTS must_change_password, DROP COLUMN IF EXISTS disabled_at,
      DROP COLUMN IF EXISTS last_sign_in_at, DROP COLUMN IF EXISTS revision,
      MODIFY COLUMN password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL`);
  }
}
