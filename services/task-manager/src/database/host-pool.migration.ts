import { sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const added: Record<string, Record<string, string>> = {
  agent_state: {
    drained: 'BOOLEAN NOT NULL DEFAULT FALSE',
    /** When it was drained or undrained last. */
    drain_since: `${sqlTime} NULL`,
    drain_cause: "VARCHAR(255) NOT NULL DEFAULT ''",
  },
  zone_dispatch: {
    /** Of the zone whose settings these are; 0 where nobody told it. */
    revision: 'INT NOT NULL DEFAULT 0',
    closed_at: `${sqlTime} NULL`,
  },
};

/** Agents that get nothing new, and zones that take nothing new. */
export class HostPool1764100000000 implements MigrationInterface {
  readonly name = 'HostPool1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(added)) {
      const adding = Object.entries(columns).map(([name, type]) => `ADD COLUMN IF NOT EXISTS ${name} ${type}`);
      await runner.query(`ALTER TABLE ${table} ${adding.join(', ')}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(added)) {
      const dropping = Object.keys(columns).map((name) => `DROP COLUMN IF EXISTS ${name}`);
      await runner.query(`ALTER TABLE ${table} ${dropping.join(', ')}`);
    }
  }
}
