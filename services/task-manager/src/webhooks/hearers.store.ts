import type { CallbackFilter } from '@klevr/contracts/callback';
import { jsonValue } from '@klevr/persistence/columns';
import type { DataSource, EntityManager } from 'typeorm';
import type { Hearer } from './hearer.js';

/**
 * The enabled subscriptions of a replica's database, kept in memory: whoever stores what happens asks here first, and where nobody listens it costs nothing.
 * Promises: what is answered was true within the last `trustedMs`; a replica that could not read for longer reads in the transaction that asks. Does not:
 * hear of changes by itself; its owner refreshes it when told of one, and every few seconds.
 */
const trustedMs = 15_000;

interface Known {
  readonly readAtMs: number;
  readonly hearers: readonly Hearer[];
}

const known = new WeakMap<DataSource, Known>();

/** Answers at once where it is sure. */
export const hearersOf = async (manager: EntityManager, now: Date): Promise<readonly Hearer[]> => {
  const kept = known.get(manager.dataSource);
  if (kept !== undefined && Math.abs(now.getTime() - kept.readAtMs) < trustedMs) return kept.hearers;
  return readHearers(manager);
};

/** Reads them anew. `now` is the time before the reading. */
export const refreshHearers = async (dataSource: DataSource, now: Date): Promise<void> => {
  known.set(dataSource, { readAtMs: now.getTime(), hearers: await readHearers(dataSource.manager) });
};

const readHearers = async (manager: EntityManager): Promise<readonly Hearer[]> => {
  const rows = await manager.query<{ id: string; url: string; zoneId: string | null; on: unknown; events: unknown }[]>(
    'SELECT id, url, zone_id zoneId, triggers `on`, events FROM webhooks WHERE enabled = TRUE ORDER BY id',
  );
  return rows.map((row) => ({ ...row, on: jsonValue(row.on) as CallbackFilter[], events: jsonValue(row.events) as string[] }));
};
