import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { insertRows, updateRows, type SqlValue } from '../database/bulk.store.js';
import type { DueDelivery, LeasedLane } from './lanes.store.js';
import type { NextStep, Try } from './retry-schedule.js';

/** What came of a message. */
export interface Tried {
  readonly delivery: DueDelivery;
  readonly tried: Try;
  readonly next: NextStep;
}

export interface Settled {
  readonly lane: LeasedLane;
  readonly tried: readonly Tried[];
}

/** So many tries are kept of each. */
const keptTries = 20;

/**
 * What came of tries: written, and the lane given back, to its next message if there is one.
 * Promises: has no effect where another sender has the lane since. Does not: say so; the other one writes what it finds.
 */
@Injectable()
export class SettleStore {
  constructor(private readonly dataSource: DataSource) {}

  settle(settled: readonly Settled[], now: Date): Promise<void> {
    return inTransaction(this.dataSource, async (manager) => {
      const held = await lockLanes(manager, settled);
      if (held.length === 0) return;
      await updateRows(
        manager,
        'callback_deliveries',
        ['state', 'next_at', 'attempts', 'first_try_at', 'last_status', 'last_error', 'tries', 'ended_at'],
        held.flatMap(({ tried }) => tried.map((one) => rowOf(one, now))),
      );
      await passOn(
        manager,
        held.map(({ lane }) => lane.lane),
        now,
      );
    });
  }
}

const lockLanes = async (manager: EntityManager, settled: readonly Settled[]): Promise<Settled[]> => {
  const rows = await manager.query<{ lane: string; lease: string | null }[]>(
    'SELECT lane, lease FROM delivery_lanes WHERE lane IN (?) ORDER BY lane FOR UPDATE',
    [settled.map(({ lane }) => lane.lane)],
  );
  const leases = new Map(rows.map(({ lane, lease }) => [lane, lease]));
  return settled.filter(({ lane }) => leases.get(lane.lane) === lane.lease);
};

const rowOf = ({ delivery, tried, next }: Tried, now: Date): [string, ...SqlValue[]] => {
  const retry = next.step === 'retry';
  const tries = JSON.stringify([...delivery.tries, tried].slice(-keptTries));
  return [
    ...([delivery.id, retry ? 'due' : next.step, retry ? next.at : null, delivery.attempts + 1] as const),
    ...[delivery.firstTryAt ?? new Date(tried.at), tried.status, tried.error, tries, retry ? null : now],
  ];
};

/** A message that was not tried yet goes at once; a lane without any is no more. */
export const passOn = async (manager: EntityManager, lanes: readonly string[], now: Date): Promise<void> => {
  const first = await manager.query<{ lane: string; nextAt: Date | null }[]>(
    `SELECT d.lane, d.next_at nextAt FROM (SELECT MIN(seq) seq FROM callback_deliveries WHERE lane IN (?) AND state = 'due' GROUP BY lane) first
     JOIN callback_deliveries d ON d.seq = first.seq`,
    [lanes],
  );
  const waiting = new Set(first.map(({ lane }) => lane));
  const empty = lanes.filter((lane) => !waiting.has(lane));
  if (empty.length > 0) await manager.query('DELETE FROM delivery_lanes WHERE lane IN (?)', [empty]);
  await insertRows(
    manager,
    { table: 'delivery_lanes', columns: ['lane', 'receiver', 'next_at'], onDuplicate: 'next_at = VALUES(next_at), lease = NULL' },
    first.map(({ lane, nextAt }) => [lane, '', nextAt ?? now]),
  );
};
