import type { Delivery } from '@klevr/contracts/callback';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { jsonValue } from '@klevr/persistence/columns';
import { guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { idempotencyKeys } from '../database/tables.js';
import { isoOrNull, page, type Page } from '../reading/page.js';
import { originOf } from './address-policy.js';
import { passOn } from './settle.store.js';

/** A delivery, and whose it must be. */
export interface NamedDelivery {
  readonly id: string;
  readonly webhookId?: string | undefined;
  readonly taskId?: string | undefined;
}

export interface DeliveryQuery {
  readonly webhookId?: string | undefined;
  readonly taskId?: string | undefined;
  readonly state?: Delivery['state'] | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

interface Row extends Omit<Delivery, 'nextAt' | 'tries' | 'createdAt' | 'endedAt'> {
  lane: string;
  /** It can be sent: who asked for it is there, and enabled. */
  open: number;
  first: number;
  nextAt: Date | null;
  tries: unknown;
  createdAt: Date;
  endedAt: Date | null;
}

const select = `SELECT d.id, d.lane, d.callback_id callbackId, d.webhook_id webhookId, d.task_id taskId, d.agent_id agentId, d.event_type type, d.state,
    d.attempts, d.next_at nextAt, d.tries, d.created_at createdAt, d.ended_at endedAt, COALESCE(c.url, w.url, '') url,
    (c.id IS NOT NULL OR IFNULL(w.enabled OR w.zone_gone, FALSE)) \`open\`,
    d.seq = (SELECT MIN(o.seq) FROM callback_deliveries o WHERE o.lane = d.lane AND o.state = 'due') \`first\`
  FROM callback_deliveries d LEFT JOIN callbacks c ON c.id = d.callback_id LEFT JOIN webhooks w ON w.id = d.webhook_id`;

/** The deliveries, with what came of their tries. They go with their task, those of other events 30 days after their end. */
@Injectable()
export class DeliveryLogStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first. With a task, the deliveries of its own callbacks. */
  list({ webhookId, taskId, state, cursor, limit }: DeliveryQuery): Promise<Page<Delivery>> {
    const conditions: [string, unknown[]][] = [];
    if (webhookId !== undefined) conditions.push(['d.webhook_id = ?', [webhookId]]);
    if (taskId !== undefined) conditions.push(['d.task_id = ? AND d.callback_id IS NOT NULL', [taskId]]);
    if (state !== undefined) conditions.push(['d.state = ?', [state]]);
    if (cursor !== undefined) conditions.push(['d.id < ?', [cursor]]);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
    return guarded(async () => {
      const parameters = [...conditions.flatMap(([, values]) => values), limit + 1];
      const rows = await this.dataSource.query<Row[]>(`${select} ${where} ORDER BY d.id DESC LIMIT ?`, parameters);
      return page(rows.map(deliveryOf), limit);
    });
  }

  /** Due again, with a new round of tries: at once, or after those of its order that are under way. */
  redeliver(named: NamedDelivery, idempotency: Idempotency | undefined, now: Date): Promise<Delivery> {
    return inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, async () => {
        const before = await getRow(manager, named);
        if (before.open !== 1) throw new AppError('WRONG_STATE', 'Its webhook is not enabled, or gone');
        const leased = await lockLane(manager, before, now);
        const { affectedRows } = await manager.query<{ affectedRows: number }>(
          `UPDATE callback_deliveries SET state = 'due', next_at = ?, first_attempt = attempts, first_try_at = NULL, ended_at = NULL
           WHERE id = ? AND state <> 'due'`,
          [now, named.id],
        );
        if (affectedRows === 0) throw new AppError('WRONG_STATE', 'It is due anyway');
        // Whoever has the lane passes it on.
        if (!leased) await passOn(manager, [before.lane], now);
        return deliveryOf(await getRow(manager, named));
      }),
    );
  }
}

const getRow = async (manager: EntityManager, { id, webhookId, taskId }: NamedDelivery): Promise<Row> => {
  const [row] = await manager.query<Row[]>(`${select} WHERE d.id = ?`, [id]);
  const other = webhookId !== undefined && row?.webhookId !== webhookId;
  const foreign = taskId !== undefined && (row?.taskId !== taskId || row.callbackId === null);
  if (row === undefined || other || foreign) throw new AppError('NOT_FOUND', 'There is no such delivery');
  return row;
};

/** Answers whether somebody sends of it now. */
const lockLane = async (manager: EntityManager, { lane, url }: Row, now: Date): Promise<boolean> => {
  const sql = 'INSERT INTO delivery_lanes (lane, receiver, next_at) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE lane = lane';
  await manager.query(sql, [lane, originOf(url), now]);
  const [row] = await manager.query<{ lease: string | null }[]>('SELECT lease FROM delivery_lanes WHERE lane = ?', [lane]);
  return (row?.lease ?? null) !== null;
};

const deliveryOf = ({ lane: _lane, open: _open, first, nextAt, tries, createdAt, endedAt, ...row }: Row): Delivery => ({
  ...row,
  nextAt: row.state === 'due' && first === 1 ? (nextAt ?? createdAt).toISOString() : null,
  tries: tries === null ? [] : (jsonValue(tries) as Delivery['tries']),
  createdAt: createdAt.toISOString(),
  endedAt: isoOrNull(endedAt),
});
