import { sqlId, sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createAuditSql, sqlName } from '../gateway.migration.js';
import { beginning, chained } from './chain.js';
import { insertRows } from './audit-rows.js';
import { type EarlierRow, entryOfEarlier } from './earlier-rows.js';

const sqlHash = 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const sqlWord = 'VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin';
/** What callers wrote is compared byte by byte. */
const sqlText = (length: number): string => `VARCHAR(${length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;

const CARRIED_AT_ONCE = 500;

/** The audit trail becomes a chain; what is in the table of before begins it. */
export class AuditChain1790000200000 implements MigrationInterface {
  readonly name = 'AuditChain1790000200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS audit_entries (
      seq BIGINT UNSIGNED NOT NULL PRIMARY KEY,
      id ${sqlId} NOT NULL,
      at ${sqlTime} NOT NULL,
      user_id ${sqlText(36)} NULL,
      username ${sqlName} NULL,
      caller_kind ${sqlWord} NOT NULL,
      caller_id ${sqlText(64)} NULL,
      address ${sqlText(64)} NOT NULL,
      user_agent ${sqlText(255)} NULL,
      action ${sqlText(128)} NOT NULL,
      target ${sqlText(255)} NOT NULL,
      thing_kind ${sqlText(32)} NULL,
      thing_id ${sqlText(128)} NULL,
      zone_id ${sqlId} NULL,
      outcome ${sqlWord} NOT NULL,
      status SMALLINT UNSIGNED NOT NULL,
      code ${sqlWord} NULL,
      trace_id ${sqlText(64)} NOT NULL,
      details MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
      hash ${sqlHash} NOT NULL,
      UNIQUE KEY uq_audit_entries_id (id),
      KEY ix_audit_entries_at (at),
      KEY ix_audit_entries_user (user_id, seq),
      KEY ix_audit_entries_username (username, seq),
      KEY ix_audit_entries_zone (zone_id, seq),
      KEY ix_audit_entries_thing (thing_id, seq),
      KEY ix_audit_entries_outcome (outcome, seq)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query(`CREATE TABLE IF NOT EXISTS audit_head (
      id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
      seq BIGINT UNSIGNED NOT NULL,
      hash ${sqlHash} NOT NULL
    ) ENGINE=InnoDB`);
    await runner.query(`CREATE TABLE IF NOT EXISTS audit_anchor (
      id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
      seq BIGINT UNSIGNED NOT NULL,
      hash ${sqlHash} NOT NULL,
      at ${sqlTime} NOT NULL,
      key_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      signature VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    ) ENGINE=InnoDB`);
    if (await runner.hasTable('audit')) {
      await carryOver(runner);
      await runner.query('DROP TABLE IF EXISTS audit');
    }
    await runner.query('INSERT IGNORE INTO audit_head (id, seq, hash) VALUES (1, ?, ?)', [beginning.seq, beginning.hash]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(createAuditSql);
    await runner.query(`INSERT IGNORE INTO audit (id, at, user_id, username, address, action, target, status, code, trace_id)
      SELECT id, at, user_id, username, address, action, target, status, code, trace_id FROM audit_entries`);
    for (const table of ['audit_anchor', 'audit_head', 'audit_entries']) await runner.query(`DROP TABLE IF EXISTS ${table}`);
  }
}

/** Goes on where it was interrupted: each statement is whole, and the old rows are taken in the order of their ids. */
async function carryOver(runner: QueryRunner): Promise<void> {
  for (;;) {
    const [last] = (await runner.query('SELECT seq, hash, id FROM audit_entries ORDER BY seq DESC LIMIT 1')) as {
      seq: number;
      hash: string;
      id: string;
    }[];
    const rows = (await runner.query('SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT ?', [
      last?.id ?? '',
      CARRIED_AT_ONCE,
    ])) as EarlierRow[];
    if (rows.length > 0) {
      const { sql, values } = insertRows(chained(last ?? beginning, rows.map(entryOfEarlier)));
      await runner.query(sql, values);
      continue;
    }
    if (last !== undefined) await runner.query('INSERT IGNORE INTO audit_head (id, seq, hash) VALUES (1, ?, ?)', [last.seq, last.hash]);
    return;
  }
}
