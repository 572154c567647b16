import type { MigrationInterface, QueryRunner } from 'typeorm';

const kind = "kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'agent'";

/** Whoever joined before is an agent. */
export class AgentKinds1764800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['join_tokens', 'agents']) await runner.query(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${kind}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['join_tokens', 'agents']) await runner.query(`ALTER TABLE ${table} DROP COLUMN IF EXISTS kind`);
  }
}
