import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';
import type { ChainedEntry, ChainPlace } from './audit-entry.js';
import { auditColumns, type AuditRow, entryOfRow } from './audit-rows.js';
import type { AuditFilter } from './audit-schemas.js';
import type { SignedPlace } from './audit-keys.js';
import { beginning } from './chain.js';

interface AnchorRow {
  readonly seq: number;
  readonly hash: string;
  readonly at: Date;
  readonly key_id: string;
  readonly signature: string;
}

/** Reads the audit trail. */
@Injectable()
export class AuditEntriesStore {
  constructor(private readonly dataSource: DataSource) {}

  /** The newest of those with a lower number than `before`. */
  async newest(filter: AuditFilter, before: number, limit: number): Promise<ChainedEntry[]> {
    const { sql, values } = where(filter, ['seq < ?', before]);
    return this.rows(`SELECT ${auditColumns} FROM audit_entries WHERE ${sql} ORDER BY seq DESC LIMIT ?`, [...values, limit]);
  }

  /** In the order of the chain, those behind `after` and up to `last`. */
  async next(filter: AuditFilter, after: number, last: number, limit: number): Promise<ChainedEntry[]> {
    const { sql, values } = where(filter, ['seq > ?', after], ['seq <= ?', last]);
    return this.rows(`SELECT ${auditColumns} FROM audit_entries WHERE ${sql} ORDER BY seq LIMIT ?`, [...values, limit]);
  }

  async head(): Promise<ChainPlace> {
    const [head] = await guarded<{ seq: number; hash: string }[]>(() =>
      this.dataSource.query('SELECT seq, hash FROM audit_head WHERE id = 1'),
    );
    return head === undefined ? beginning : { seq: Number(head.seq), hash: head.hash };
  }

  /** Where the chain begins, after its oldest part was cut off. */
  async anchor(): Promise<SignedPlace | undefined> {
    const [row] = await guarded<AnchorRow[]>(() =>
      this.dataSource.query('SELECT seq, hash, at, key_id, signature FROM audit_anchor WHERE id = 1'),
    );
    return row && { seq: Number(row.seq), hash: row.hash, at: row.at.toISOString(), keyId: row.key_id, signature: row.signature };
  }

  private async rows(sql: string, values: unknown[]): Promise<ChainedEntry[]> {
    return (await guarded<AuditRow[]>(() => this.dataSource.query(sql, values))).map(entryOfRow);
  }
}

type Condition = readonly [sql: string, ...values: unknown[]];

function where(filter: AuditFilter, ...more: Condition[]): { sql: string; values: unknown[] } {
  const { from, to, user, action, zoneIds, target, outcome } = filter;
  const conditions: Condition[] = [...more];
  if (from !== undefined) conditions.push(['at >= ?', from]);
  if (to !== undefined) conditions.push(['at < ?', to]);
  if (user !== undefined) conditions.push([user.startsWith('usr_') ? 'user_id = ?' : 'username = ?', user]);
  if (action !== undefined) conditions.push(['action LIKE ?', `${action.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`]);
  if (zoneIds !== undefined) conditions.push(zoneIds.length === 0 ? ['FALSE'] : ['zone_id IN (?)', zoneIds]);
  if (target !== undefined) conditions.push(['thing_id = ?', target]);
  if (outcome !== undefined) conditions.push(['outcome = ?', outcome]);
  return { sql: conditions.map(([sql]) => sql).join(' AND '), values: conditions.flatMap(([, ...values]) => values) };
}
