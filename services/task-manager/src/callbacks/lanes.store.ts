import { newId } from '@klevr/contracts/ids';
import { jsonValue } from '@klevr/persistence/columns';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Try } from './retry-schedule.js';
import type { Detail } from './told.js';

/** A lane, for the one who may send of it, with the first messages that are due. */
export interface LeasedLane {
  readonly lane: string;
  readonly receiver: string;
  readonly lease: string;
  readonly due: readonly DueDelivery[];
}

export interface DueDelivery {
  readonly id: string;
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
}

export interface ReceiverDue {
  readonly receiver: string;
  readonly nextAt: Date;
}

/** Longer than what is begun within it may take; after it the lane is anybody's again. */
export const leaseMs = 60_000;
/** So many messages of a lane are sent in one go, each after the one before it was answered. */
const inOneGo = 10;

/**
 * The lanes in which messages wait, and who sends of which.
 * Promises: over all replicas one sender a lane, and always its first messages that are due, so the order holds. A sender that ends is followed by another
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
  async lease(wanted: readonly { receiver: string; limit: number }[], now: Date): Promise<LeasedLane[]> {
    const lease = newId('message');
    return inTransaction(this.dataSource, async (manager) => {
      const lanes = new Map<string, string>();
      for (const { receiver, limit } of wanted) {
        const sql = 'SELECT lane FROM delivery_lanes WHERE receiver = ? AND next_at <= ? ORDER BY next_at LIMIT ? FOR UPDATE SKIP LOCKED';
        for (const { lane } of await manager.query<{ lane: string }[]>(sql, [receiver, now, limit])) lanes.set(lane, receiver);
      }
      if (lanes.size === 0) return [];
      const names = [...lanes.keys()];
      const until = new Date(now.getTime() + leaseMs);
      await manager.query('UPDATE delivery_lanes SET lease = ?, next_at = ? WHERE lane IN (?)', [lease, until, names]);
      const due = await firstDue(manager, names);
      const empty = names.filter((name) => !due.has(name));
      if (empty.length > 0) await manager.query('DELETE FROM delivery_lanes WHERE lane IN (?)', [empty]);
      return [...due].map(([lane, ofLane]) => ({ lane, receiver: lanes.get(lane) ?? '', lease, due: upToAPause(ofLane, now) }));
    });
  }
}

interface Row extends Omit<DueDelivery, 'detail' | 'tries'> {
  lane: string;
  nextAt: Date | null;
  detail: unknown;
  tries: unknown;
}

/** By lane, in their order. */
const firstDue = async (manager: EntityManager, lanes: readonly string[]): Promise<Map<string, Row[]>> => {
  const first = "(SELECT seq FROM callback_deliveries WHERE lane = ? AND state = 'due' ORDER BY seq LIMIT ?)";
  const rows = await manager.query<Row[]>(
    `SELECT d.id, d.lane, IFNULL(c.url, w.url) url, IFNULL(c.secret, w.secret) secret, d.callback_id callbackId, d.task_id taskId, d.event_type type,
       d.detail, d.created_at createdAt, d.next_at nextAt, d.attempts, d.first_attempt firstAttempt, d.first_try_at firstTryAt, d.tries
     FROM (${lanes.map(() => first).join(' UNION ALL ')}) first
     JOIN callback_deliveries d ON d.seq = first.seq
     LEFT JOIN callbacks c ON c.id = d.callback_id LEFT JOIN webhooks w ON w.id = d.webhook_id AND (w.enabled OR w.zone_gone)
     ORDER BY d.seq`,
    lanes.flatMap((lane) => [lane, inOneGo]),
  );
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const ofLane = found.get(row.lane);
    if (ofLane === undefined) found.set(row.lane, [row]);
    else ofLane.push(row);
  }
  return found;
};

/** The first is due, whatever it says: its lane was. One that waits for a later try is where it ends. */
const upToAPause = (rows: readonly Row[], now: Date): DueDelivery[] => {
  const pause = rows.findIndex(({ nextAt }, index) => index > 0 && nextAt !== null && nextAt > now);
  return rows.slice(0, pause === -1 ? rows.length : pause).map(({ detail, tries, ...row }) => ({
    ...row,
    detail: detail === null ? { kind: 'end' } : (jsonValue(detail) as Detail),
    tries: tries === null ? [] : (jsonValue(tries) as Try[]),
  }));
};
