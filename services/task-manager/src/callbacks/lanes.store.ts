import { newId } from '@klevr/contracts/ids';
import { jsonValue } from '@klevr/persistence/columns';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Try } from './retry-schedule.js';
import type { Detail } from './told.js';

/** The first message of a lane, for the one who has the lane. */
export interface DueDelivery {
  readonly id: string;
  readonly lane: string;
  readonly receiver: string;
  /** Null where who asked for it is gone, or wants nothing any more. */
  readonly url: string | null;
  readonly secret: string | null;
  readonly callbackId: string | null;
  readonly taskId: string | null;
  readonly type: string;
  readonly detail: Detail;
  readonly createdAt: Date;
  readonly attempts: number;
  /** Before the present round of tries. */
  readonly firstAttempt: number;
  readonly firstTryAt: Date | null;
  readonly tries: readonly Try[];
  readonly lease: string;
}

export interface ReceiverDue {
  readonly receiver: string;
  readonly nextAt: Date;
}

/** Longer than a try with all that belongs to it may take; after it the lane is anybody's again. */
export const leaseMs = 60_000;

/**
 * The lanes in which messages wait, and who sends of which.
 * Promises: over all replicas one sender a lane, and always its first message that is due, so the order holds. A sender that ends is followed by another
 * after `leaseMs`. Does not: wait for locks; a lane that is being written to is taken at the next look.
 */
@Injectable()
export class LanesStore {
  constructor(private readonly dataSource: DataSource) {}

  /** When there is something to do for each receiver; the index answers it without looking at every lane. */
  receivers(): Promise<ReceiverDue[]> {
    return this.dataSource.query<ReceiverDue[]>('SELECT receiver, MIN(next_at) nextAt FROM delivery_lanes GROUP BY receiver');
  }

  /** Takes up to `limit` lanes of each receiver. */
  async lease(wanted: readonly { receiver: string; limit: number }[], now: Date): Promise<DueDelivery[]> {
    const lease = newId('message');
    return inTransaction(this.dataSource, async (manager) => {
      const lanes = new Map<string, string>();
      for (const { receiver, limit } of wanted) {
        const sql = 'SELECT lane FROM delivery_lanes WHERE receiver = ? AND next_at <= ? ORDER BY next_at LIMIT ? FOR UPDATE SKIP LOCKED';
        for (const { lane } of await manager.query<{ lane: string }[]>(sql, [receiver, now, limit])) lanes.set(lane, receiver);
      }
      if (lanes.size === 0) return [];
      const names = [...lanes.keys()];
      await manager.query('UPDATE delivery_lanes SET lease = ?, next_at = ? WHERE lane IN (?)', [
        lease,
        new Date(now.getTime() + leaseMs),
        names,
      ]);
      const due = (await firstDue(manager, names)).map((row) => ({ ...row, receiver: lanes.get(row.lane) ?? '', lease }));
      const left = names.filter((name) => !due.some(({ lane }) => lane === name));
      if (left.length > 0) await manager.query('DELETE FROM delivery_lanes WHERE lane IN (?)', [left]);
      return due;
    });
  }
}

const firstDue = async (manager: EntityManager, lanes: readonly string[]): Promise<Omit<DueDelivery, 'receiver' | 'lease'>[]> => {
  type Row = Omit<DueDelivery, 'receiver' | 'lease' | 'detail' | 'tries'> & { detail: unknown; tries: unknown };
  const rows = await manager.query<Row[]>(
    `SELECT d.id, d.lane, IFNULL(c.url, w.url) url, IFNULL(c.secret, w.secret) secret, d.callback_id callbackId, d.task_id taskId, d.event_type type,
       d.detail, d.created_at createdAt, d.attempts, d.first_attempt firstAttempt, d.first_try_at firstTryAt, d.tries
     FROM (SELECT MIN(seq) seq FROM callback_deliveries WHERE lane IN (?) AND state = 'due' GROUP BY lane) first
     JOIN callback_deliveries d ON d.seq = first.seq
     LEFT JOIN callbacks c ON c.id = d.callback_id LEFT JOIN webhooks w ON w.id = d.webhook_id AND (w.enabled OR w.zone_gone)`,
    [lanes],
  );
  return rows.map((row) => ({
    ...row,
    detail: row.detail === null ? { kind: 'end' } : (jsonValue(row.detail) as Detail),
    tries: row.tries === null ? [] : (jsonValue(row.tries) as Try[]),
  }));
};
