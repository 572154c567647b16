import type { MigrationInterface, QueryRunner } from 'typeorm';

const columnOf = (characters: number): string => `secret VARCHAR(${characters}) CHARACTER SET ascii COLLATE ascii_bin NOT NULL`;
const tables = ['callbacks', 'webhooks'];

/** Room for secrets that are sealed. */
export class SealedHookSecrets1764420000000 implements MigrationInterface {
  readonly name = 'SealedHookSecrets1764420000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`ALTER TABLE ${table} MODIFY ${columnOf(600)}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`ALTER TABLE ${table} MODIFY ${columnOf(200)}`);
  }
}
