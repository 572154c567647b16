import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens that can be renamed, and found when they are long over. */
export class ApiTokens1790000300000 implements MigrationInterface {
  readonly name = 'ApiTokens1790000300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE api_tokens
      ADD COLUMN IF NOT EXISTS revision INT UNSIGNED NOT NULL DEFAULT 1,
      ADD KEY IF NOT EXISTS ix_api_tokens_expires_at (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE api_tokens DROP KEY IF EXISTS ix_api_tokens_expires_at, DROP COLUMN IF EXISTS revision');
  }
}
