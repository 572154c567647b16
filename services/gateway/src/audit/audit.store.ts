import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { DataSource, type EntityManager } from 'typeorm';
import type { AuditEntry, ChainedEntry, ChainPlace } from './audit-entry.js';
import { insertRows } from './audit-rows.js';
import { chained } from './chain.js';

/** Too long, out of range, of the wrong kind: of a row itself, whatever the state of the database. */
const dataErrors = new Set([1048, 1264, 1265, 1292, 1366, 1406, 4025]);

/** Appends to the one chain that all replicas write. */
@Injectable()
export class AuditStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * All of them or none, in their order. The row of the head is locked from reading to writing it, so numbers have no gaps and each entry has one
   * follower, whoever appends. Throws BAD_REQUEST where the database refuses one of them for itself. `again`: what became of an earlier try is unknown, so those that are there already are left out.
   */
  async append(entries: readonly AuditEntry[], again: boolean): Promise<void> {
    await inTransaction(this.dataSource, async (manager) => {
      const head = await lockHead(manager);
      const missing = again ? await withoutStored(manager, entries) : entries;
      const rows = chained(head, missing);
      const last = rows.at(-1);
      if (last === undefined) return;
      await insert(manager, rows);
      await manager.query('UPDATE audit_head SET seq = ?, hash = ? WHERE id = 1', [last.seq, last.hash]);
    });
  }
}

async function insert(manager: EntityManager, rows: readonly ChainedEntry[]): Promise<void> {
  const { sql, values } = insertRows(rows);
  try {
    await manager.query(sql, values);
  } catch (cause) {
    const errno: unknown = typeof cause === 'object' && cause !== null && 'errno' in cause ? cause.errno : undefined;
    throw dataErrors.has(Number(errno)) ? new AppError('BAD_REQUEST', 'An entry does not fit its table', { cause }) : cause;
  }
}

export async function lockHead(manager: EntityManager): Promise<ChainPlace> {
  const [head] = await manager.query<{ seq: number; hash: string }[]>('SELECT seq, hash FROM audit_head WHERE id = 1 FOR UPDATE');
  if (head === undefined) throw new TypeError('the head of the audit trail is not in its table');
  return { seq: Number(head.seq), hash: head.hash };
}

async function withoutStored(manager: EntityManager, entries: readonly AuditEntry[]): Promise<AuditEntry[]> {
  const ids = entries.map(({ id }) => id);
  const rows = await manager.query<{ id: string }[]>('SELECT id FROM audit_entries WHERE id IN (?)', [ids]);
  const stored = new Set(rows.map(({ id }) => id));
  return entries.filter(({ id }) => !stored.has(id));
}
