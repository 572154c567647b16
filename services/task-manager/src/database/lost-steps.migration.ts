import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the recovery of a step needs that was lost with its agent's process. */
export class LostSteps1764600000000 implements MigrationInterface {
  readonly name = 'LostSteps1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE runs
         /* Its task has recovery steps. */
         ADD COLUMN IF NOT EXISTS recovers BOOLEAN NOT NULL DEFAULT FALSE,
         /* Why the attempt before was lost, where the present one is its recovery. */
         ADD COLUMN IF NOT EXISTS recovery_of LONGTEXT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE runs DROP COLUMN IF EXISTS recovers, DROP COLUMN IF EXISTS recovery_of');
  }
}
