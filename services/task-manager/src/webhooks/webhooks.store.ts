import type { CallbackFilter, UpdateWebhook, Webhook } from '@klevr/contracts/callback';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { jsonValue } from '@klevr/persistence/columns';
import { guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { originOf } from '../callbacks/address-policy.js';
import { HookSecrets } from '../credentials/hook-secrets.js';
import { idempotencyKeys } from '../database/tables.js';
import { page, type Page } from '../reading/page.js';

/** So many there can be: each of them is asked about everything that happens. */
const mostWebhooks = 500;
const deletedAtOnce = 1_000;

interface Row {
  id: string;
  url: string;
  zoneId: string | null;
  on: unknown;
  events: unknown;
  description: string;
  enabled: number;
  revision: number;
  createdBy: string;
  createdAt: Date;
}

export interface NewWebhook {
  readonly webhook: Omit<Webhook, 'secret'>;
  readonly secret: string;
  /** It was made here, and the answer shows it. */
  readonly showsSecret: boolean;
}

export interface WebhookQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Undefined for all, and for those of no zone. There are few, so they are sorted. */
  readonly zoneIds?: readonly string[] | undefined;
}

const columns =
  'id, url, zone_id zoneId, triggers `on`, events, description, enabled, revision, created_by createdBy, created_at createdAt';

/** Subscriptions. What waits to be sent to one goes to its present URL; nothing is sent to one that is not enabled any more. */
@Injectable()
export class WebhooksStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: HookSecrets,
  ) {}

  create({ webhook, secret, showsSecret }: NewWebhook, idempotency: Idempotency | undefined): Promise<Webhook> {
    const work = async (manager: EntityManager): Promise<Webhook> => {
      const rows = await manager.query<{ count: number | string }[]>('SELECT COUNT(*) count FROM webhooks');
      if (Number(rows[0]?.count ?? 0) >= mostWebhooks)
        throw new AppError('CONFLICT', `There are ${mostWebhooks} webhooks, and no more can be`);
      await manager.query(
        `INSERT INTO webhooks (id, url, zone_id, triggers, events, description, secret, enabled, revision, created_by, created_at) VALUES (?)`,
        [
          [
            ...[webhook.id, webhook.url, webhook.zoneId, JSON.stringify(webhook.on), JSON.stringify(webhook.events), webhook.description],
            ...[this.secrets.seal(secret), webhook.enabled, webhook.revision, webhook.createdBy, new Date(webhook.createdAt)],
          ],
        ],
      );
      return showsSecret ? { ...webhook, secret } : webhook;
    };
    return inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, () => work(manager), { secret: showsSecret }),
    );
  }

  get(id: string): Promise<Webhook> {
    return guarded(() => getWebhook(this.dataSource.manager, id, ''));
  }

  /** In the order of their making. */
  list({ limit, cursor, zoneIds }: WebhookQuery): Promise<Page<Webhook>> {
    if (zoneIds?.length === 0) return Promise.resolve({ items: [], nextCursor: null });
    const inZone = zoneIds === undefined ? '' : 'AND zone_id IN (?)';
    const parameters = [cursor ?? '', ...(zoneIds === undefined ? [] : [zoneIds]), limit + 1];
    return guarded(async () => {
      const rows = await this.dataSource.query<Row[]>(
        `SELECT ${columns} FROM webhooks WHERE id > ? ${inZone} ORDER BY id LIMIT ?`,
        parameters,
      );
      return page(rows.map(fromRow), limit);
    });
  }

  update(id: string, changes: UpdateWebhook, ifRevision: number | undefined, now: Date): Promise<Webhook> {
    return inTransaction(this.dataSource, async (manager) => {
      const before = await getWebhook(manager, id, 'FOR UPDATE');
      refuseOtherRevision(before, ifRevision);
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      const after: Webhook = { ...before, ...given, revision: before.revision + 1 };
      if (after.on.length + after.events.length === 0) {
        const errors = [{ path: 'events', message: 'either `on` or `events` must name something to be told' }];
        throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors });
      }
      await manager.query(
        'UPDATE webhooks SET url = ?, triggers = ?, events = ?, description = ?, enabled = ?, revision = ? WHERE id = ?',
        [...[after.url, JSON.stringify(after.on), JSON.stringify(after.events), after.description, after.enabled, after.revision, id]],
      );
      if (after.url !== before.url || after.enabled !== before.enabled) await lookAgain(manager, after, now);
      return after;
    });
  }

  /** What it was sent, and was to be, goes with it; a little at a time. */
  async remove(id: string, ifRevision: number | undefined): Promise<void> {
    await inTransaction(this.dataSource, async (manager) => {
      refuseOtherRevision(await getWebhook(manager, id, 'FOR UPDATE'), ifRevision);
      await manager.query('DELETE FROM webhooks WHERE id = ?', [id]);
    });
    for (let gone = deletedAtOnce; gone === deletedAtOnce;) {
      const sql = 'DELETE FROM callback_deliveries WHERE webhook_id = ? LIMIT ?';
      gone = (await guarded(() => this.dataSource.query<{ affectedRows: number }>(sql, [id, deletedAtOnce]))).affectedRows;
    }
  }

  /** They hear nothing more, and what they have heard still goes out. Answers whether there were any. */
  async zoneGone(zoneId: string): Promise<boolean> {
    const sql = 'UPDATE webhooks SET zone_gone = TRUE, enabled = FALSE, revision = revision + 1 WHERE zone_id = ? AND NOT zone_gone';
    return (await guarded(() => this.dataSource.query<{ affectedRows: number }>(sql, [zoneId]))).affectedRows > 0;
  }
}

const getWebhook = async (manager: EntityManager, id: string, lock: '' | 'FOR UPDATE'): Promise<Webhook> => {
  const [row] = await manager.query<Row[]>(`SELECT ${columns} FROM webhooks WHERE id = ? ${lock}`, [id]);
  if (row === undefined) throw new AppError('NOT_FOUND', 'There is no such webhook');
  return fromRow(row);
};

const fromRow = (row: Row): Webhook => ({
  ...row,
  on: jsonValue(row.on) as CallbackFilter[],
  events: jsonValue(row.events) as string[],
  enabled: row.enabled === 1,
  createdAt: row.createdAt.toISOString(),
});

const refuseOtherRevision = ({ revision }: Webhook, ifRevision: number | undefined): void => {
  if (ifRevision === undefined || ifRevision === revision) return;
  throw new AppError('PRECONDITION_FAILED', `The webhook is at revision ${revision} now, not ${ifRevision}`);
};

/** Its lanes are looked at now: to be tried at the new address, or to be ended. Who has one of them under way finds out by itself. */
const lookAgain = (manager: EntityManager, { id, url }: Webhook, now: Date): Promise<unknown> =>
  manager.query('UPDATE delivery_lanes SET receiver = ?, next_at = IF(lease IS NULL, ?, next_at) WHERE lane > ? AND lane < ?', [
    ...[originOf(url), now, `${id}:`, `${id};`],
  ]);
