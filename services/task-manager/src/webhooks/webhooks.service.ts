import { randomBytes } from 'node:crypto';
import type { CreateWebhook, UpdateWebhook, Webhook } from '@klevr/contracts/callback';
import type { Idempotency, ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { newId, WebhookId } from '@klevr/contracts/ids';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { zonesToList } from '@klevr/persistence/zone-pages';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { WebhookClient } from '../callbacks/webhook.client.js';
import { ZoneLookup } from '../hosts/zone-lookup.service.js';
import { refuseForeignCursor } from '../reading/page.js';
import { HearingService } from './hearing.service.js';
import { WebhooksStore } from './webhooks.store.js';

type Rpc = typeof taskManagerRpc;

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** Makes and changes subscriptions. When it answers, this replica heeds the change, and the others have been told. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly store: WebhooksStore,
    private readonly client: WebhookClient,
    private readonly zones: ZoneLookup,
    private readonly hearing: HearingService,
    private readonly clock: Clock,
  ) {}

  async create(createdBy: string, idempotency: Idempotency | undefined, request: CreateWebhook): Promise<Webhook> {
    await this.refuseUrl(request.url);
    const { url, on, events, description } = request;
    const zoneId = request.zone === null ? null : await this.zones.idOf(request.zone);
    const createdAt = this.now().toISOString();
    const webhook = { id: newId('webhook'), url, zoneId, on, events, description, enabled: true, revision: 1, createdBy, createdAt };
    const made = { webhook, secret: request.secret ?? newSecret(), showsSecret: request.secret === undefined };
    const created = await this.store.create(made, idempotency);
    await this.hearing.changed(created.id);
    return created;
  }

  get(id: string): Promise<Webhook> {
    return this.store.get(id);
  }

  async list({ zone, scope, ...query }: RequestOf<Rpc['listWebhooks']>): Promise<ReplyOf<Rpc['listWebhooks']>> {
    refuseForeignCursor(query.cursor, WebhookId);
    return this.store.list({ ...query, zoneIds: zonesToList(zone === undefined ? undefined : await this.zones.idOf(zone), scope) });
  }

  async update(id: string, changes: UpdateWebhook, ifRevision: number | undefined): Promise<Webhook> {
    if (changes.url !== undefined) await this.refuseUrl(changes.url);
    const webhook = await this.store.update(id, changes, ifRevision, this.now());
    await this.hearing.changed(id);
    return webhook;
  }

  async remove(id: string, ifRevision: number | undefined): Promise<Record<string, never>> {
    await this.store.remove(id, ifRevision);
    await this.hearing.changed(id);
    return {};
  }

  private async refuseUrl(url: string): Promise<void> {
    const message = await this.client.faultOfUrl(url);
    if (message !== undefined) throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [{ path: 'url', message }] });
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
