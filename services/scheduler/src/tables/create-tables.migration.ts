import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlId, sqlJson, sqlTime } from '@klevr/persistence/columns';
import { createIdempotencySql, dropIdempotencySql } from '@klevr/persistence/idempotency';
import { createOutboxSql, dropOutboxSql } from '@klevr/persistence/outbox';
import { idempotencyKeys, outbox } from './names.js';

const ascii = 'CHARACTER SET ascii COLLATE ascii_bin';
const table = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

const statements = [
  `CREATE TABLE IF NOT EXISTS zones (
    id ${sqlId} NOT NULL PRIMARY KEY,
    name VARCHAR(63) ${ascii} NOT NULL,
    platform VARCHAR(32) ${ascii} NOT NULL,
    environment VARCHAR(16) ${ascii} NOT NULL,
    labels ${sqlJson} NOT NULL,
    settings ${sqlJson} NOT NULL,
    created_at ${sqlTime} NOT NULL,
    UNIQUE KEY uq_zones_name (name)
  ) ${table}`,
  `CREATE TABLE IF NOT EXISTS join_tokens (
    id ${sqlId} NOT NULL PRIMARY KEY,
    zone_id ${sqlId} NOT NULL,
    hash CHAR(64) ${ascii} NOT NULL,
    expires_at ${sqlTime} NOT NULL,
    max_uses INT NOT NULL,
    uses INT NOT NULL DEFAULT 0,
    labels ${sqlJson} NOT NULL,
    created_at ${sqlTime} NOT NULL,
    revoked_at ${sqlTime} NULL,
    UNIQUE KEY uq_join_tokens_hash (hash),
    KEY ix_join_tokens_zone (zone_id, id)
  ) ${table}`,
  `CREATE TABLE IF NOT EXISTS agents (
    id ${sqlId} NOT NULL PRIMARY KEY,
    zone_id ${sqlId} NOT NULL,
    public_key CHAR(56) ${ascii} NOT NULL,
    status VARCHAR(16) ${ascii} NOT NULL,
    status_cause VARCHAR(255) NOT NULL,
    status_since ${sqlTime} NOT NULL,
    labels ${sqlJson} NOT NULL,
    version VARCHAR(64) NOT NULL,
    facts ${sqlJson} NOT NULL,
    beacon_url VARCHAR(512) NULL,
    session ${sqlId} NULL,
    journal_id ${sqlId} NULL,
    conn_server VARCHAR(128) ${ascii} NULL,
    conn_client DOUBLE NULL,
    standing BOOLEAN NOT NULL DEFAULT FALSE,
    load_score DOUBLE NOT NULL DEFAULT 0,
    last_seen_at ${sqlTime} NULL,
    created_at ${sqlTime} NOT NULL,
    UNIQUE KEY uq_agents_public_key (public_key),
    KEY ix_agents_zone (zone_id, id),
    KEY ix_agents_status (status, id)
  ) ${table}`,
  `CREATE TABLE IF NOT EXISTS terms (
    zone_id ${sqlId} NOT NULL,
    epoch BIGINT UNSIGNED NOT NULL,
    agent_id ${sqlId} NOT NULL,
    cause VARCHAR(64) NOT NULL,
    from_at ${sqlTime} NOT NULL,
    ready_at ${sqlTime} NULL,
    to_at ${sqlTime} NULL,
    end_cause VARCHAR(64) NULL,
    gap_ms DOUBLE NULL,
    PRIMARY KEY (zone_id, epoch),
    KEY ix_terms_epoch (epoch)
  ) ${table}`,
  ...createIdempotencySql(idempotencyKeys),
  ...createOutboxSql(outbox),
];

export class CreateTables1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const own = ['terms', 'agents', 'join_tokens', 'zones'].map((name) => `DROP TABLE IF EXISTS ${name}`);
    for (const statement of [...own, ...dropIdempotencySql(idempotencyKeys), ...dropOutboxSql(outbox)]) await runner.query(statement);
  }
}
