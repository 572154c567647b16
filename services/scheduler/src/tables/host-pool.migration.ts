import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlId, sqlTime } from '@klevr/persistence/columns';

const ascii = 'CHARACTER SET ascii COLLATE ascii_bin';
const table = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

const up = [
  `ALTER TABLE zones ADD COLUMN IF NOT EXISTS revision INT NOT NULL DEFAULT 1`,
  `ALTER TABLE join_tokens
    ADD COLUMN IF NOT EXISTS approval BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN IF NOT EXISTS rejoin BOOLEAN NOT NULL DEFAULT FALSE`,
  `ALTER TABLE agents
    ADD COLUMN IF NOT EXISTS revision INT NOT NULL DEFAULT 1,
    ADD COLUMN IF NOT EXISTS approved BOOLEAN NOT NULL DEFAULT TRUE,
    ADD COLUMN IF NOT EXISTS drained BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN IF NOT EXISTS machine_id VARCHAR(128) NULL,
    ADD COLUMN IF NOT EXISTS boot_id VARCHAR(128) NULL,
    ADD KEY IF NOT EXISTS ix_agents_machine (zone_id, machine_id)`,
  `CREATE TABLE IF NOT EXISTS revocations (
    public_key CHAR(56) ${ascii} NOT NULL PRIMARY KEY,
    agent_id ${sqlId} NOT NULL,
    zone_id ${sqlId} NOT NULL,
    reason VARCHAR(255) NOT NULL,
    revoked_at ${sqlTime} NOT NULL,
    pushed BOOLEAN NOT NULL DEFAULT FALSE,
    KEY ix_revocations_agent (agent_id)
  ) ${table}`,
  `CREATE TABLE IF NOT EXISTS incidents (
    id ${sqlId} NOT NULL PRIMARY KEY,
    zone_id ${sqlId} NULL,
    cause VARCHAR(32) ${ascii} NOT NULL,
    detail VARCHAR(255) NOT NULL,
    gone INT NOT NULL,
    of_agents INT NOT NULL,
    opened_at ${sqlTime} NOT NULL,
    closed_at ${sqlTime} NULL,
    close_cause VARCHAR(16) ${ascii} NULL,
    closed_by VARCHAR(255) NULL,
    open_scope VARCHAR(40) ${ascii} AS (IF(closed_at IS NULL, IFNULL(zone_id, '*'), NULL)) PERSISTENT,
    UNIQUE KEY uq_incidents_open (open_scope),
    KEY ix_incidents_zone (zone_id, id)
  ) ${table}`,
];

/** Zones and agents that operators change, whose credentials end, and the guard against declaring many lost at once. */
export class HostPool1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const columns = ['revision', 'approved', 'drained', 'machine_id', 'boot_id'].map((name) => `DROP COLUMN IF EXISTS ${name}`);
    const down = [
      'DROP TABLE IF EXISTS incidents',
      'DROP TABLE IF EXISTS revocations',
      `ALTER TABLE agents DROP KEY IF EXISTS ix_agents_machine, ${columns.join(', ')}`,
      'ALTER TABLE join_tokens DROP COLUMN IF EXISTS approval, DROP COLUMN IF EXISTS rejoin',
      'ALTER TABLE zones DROP COLUMN IF EXISTS revision',
    ];
    for (const statement of down) await runner.query(statement);
  }
}
