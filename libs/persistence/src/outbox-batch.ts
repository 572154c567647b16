import type { EntityManager } from 'typeorm';
import type { OutboxMessage, OutboxTable } from './outbox.js';

export interface OutboxRow {
  readonly rowId: number | string;
  readonly message: OutboxMessage;
}

interface RawRow {
  id: number | string;
  message_id: string;
  subject: string;
  headers: string;
  body: string;
}

/** Waits until no other relay publishes from this table; held until the transaction ends, however it ends. */
export async function lockOutbox(manager: EntityManager, { lockName }: OutboxTable): Promise<void> {
  await manager.query(`SELECT id FROM ${lockName} WHERE id = 1 FOR UPDATE`);
}

export async function nextRows(manager: EntityManager, { name }: OutboxTable, limit: number): Promise<OutboxRow[]> {
  const rows = await manager.query<RawRow[]>(
    `SELECT id, message_id, subject, headers, body FROM ${name} WHERE refused IS NULL ORDER BY id LIMIT ${limit}`,
  );
  return rows.map(({ id, message_id, subject, headers, body }) => ({
    rowId: id,
    message: { id: message_id, subject, headers: parsedHeaders(headers), body: parsed(body) },
  }));
}

export async function deleteRows(manager: EntityManager, { name }: OutboxTable, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  await manager.query(`DELETE FROM ${name} WHERE id IN (?)`, [rows.map((row) => row.rowId)]);
}

/** Kept, out of the way, for a week: somebody should look at why. */
export async function setAside(manager: EntityManager, { name }: OutboxTable, row: OutboxRow, reason: string): Promise<void> {
  await manager.query(`UPDATE ${name} SET refused = ? WHERE id = ?`, [reason.slice(0, 500) || 'refused', row.rowId]);
}

export async function forgetOldRefused(manager: EntityManager, { name }: OutboxTable): Promise<void> {
  await manager.query(`DELETE FROM ${name} WHERE refused IS NOT NULL AND created_at < UTC_TIMESTAMP(3) - INTERVAL 7 DAY LIMIT 1000`);
}

export interface Backlog {
  readonly waiting: number;
  readonly refused: number;
}

/** Counts to a limit only: the figure is for people and alarms, and must stay cheap when much waits. */
export async function countBacklog(manager: EntityManager, { name }: OutboxTable, limit = 100_000): Promise<Backlog> {
  const count = (condition: string): string => `(SELECT COUNT(*) FROM (SELECT 1 FROM ${name} WHERE ${condition} LIMIT ${limit}) AS some)`;
  const rows = await manager.query<Backlog[]>(`SELECT ${count('refused IS NULL')} AS waiting, ${count('refused IS NOT NULL')} AS refused`);
  return { waiting: Number(rows[0]?.waiting ?? 0), refused: Number(rows[0]?.refused ?? 0) };
}

/**
 * Splits a batch into waves that hold each subject at most once. Sent one wave after another, each when the last is acknowledged, no message can
 * be stored before an earlier one of its subject, whatever fails in between.
 */
export function wavesOf(rows: readonly OutboxRow[]): OutboxRow[][] {
  const waves: OutboxRow[][] = [];
  const depths = new Map<string, number>();
  for (const row of rows) {
    const depth = depths.get(row.message.subject) ?? 0;
    depths.set(row.message.subject, depth + 1);
    (waves[depth] ??= []).push(row);
  }
  return waves;
}

const parsed = (text: string): unknown => JSON.parse(text);

function parsedHeaders(text: string): Record<string, string> {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, header]) => [name, String(header)]));
}
