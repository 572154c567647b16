import type { EntityManager } from 'typeorm';
import { insertRows } from '../database/bulk.store.js';
import type { FactSource } from './fact-batch.js';

/** How far each lane of each journal is stored: what is at or before it is a duplicate. */
export interface Cursor {
  readonly agentId: string;
  readonly journalId: string;
  readonly lane: string;
  lastSeq: number;
}

export interface Cursors {
  of(source: FactSource): Cursor;
  all(): readonly Cursor[];
}

const keyOf = (agentId: string, journalId: string, lane: string): string => `${agentId} ${journalId} ${lane}`;
const columns = ['agent_id', 'journal_id', 'lane', 'last_seq', 'updated_at'];

/** Makes those that are missing, so that there is a row to lock. */
export const lockCursors = async (manager: EntityManager, sources: readonly FactSource[], now: Date): Promise<Cursors> => {
  const keys = new Map(
    sources.map(({ agentId, batch }) => [keyOf(agentId, batch.journalId, batch.lane), [agentId, batch.journalId, batch.lane]]),
  );
  let found = await select(manager, [...keys.values()]);
  if (found.length < keys.size) {
    const rows = [...keys.values()].map(([agentId = '', journalId = '', lane = '']) => [agentId, journalId, lane, 0, now]);
    await insertRows(manager, { table: 'fact_cursors', columns, ignore: true }, rows);
    found = await select(manager, [...keys.values()]);
  }
  const cursors = new Map(found.map((cursor) => [keyOf(cursor.agentId, cursor.journalId, cursor.lane), cursor]));
  return {
    of: ({ agentId, batch }) => {
      const cursor = cursors.get(keyOf(agentId, batch.journalId, batch.lane));
      if (cursor === undefined) throw new Error('a cursor that was made is not there');
      return cursor;
    },
    all: () => [...cursors.values()],
  };
};

const select = async (manager: EntityManager, keys: readonly (readonly string[])[]): Promise<Cursor[]> => {
  const rows = await manager.query<(Omit<Cursor, 'lastSeq'> & { lastSeq: number | string })[]>(
    `SELECT agent_id agentId, journal_id journalId, lane, last_seq lastSeq FROM fact_cursors
     WHERE (agent_id, journal_id, lane) IN (?) ORDER BY agent_id, journal_id, lane FOR UPDATE`,
    [keys],
  );
  return rows.map((row) => ({ ...row, lastSeq: Number(row.lastSeq) }));
};

export const writeCursors = (manager: EntityManager, cursors: readonly Cursor[], now: Date): Promise<void> => {
  const rows = cursors.map(({ agentId, journalId, lane, lastSeq }) => [agentId, journalId, lane, lastSeq, now]);
  const onDuplicate = 'last_seq = VALUES(last_seq), updated_at = VALUES(updated_at)';
  return insertRows(manager, { table: 'fact_cursors', columns, onDuplicate }, rows);
};
