import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import type { Event } from '@klevr/contracts/event';
import { taskManagerConsumers, taskManagerHears, taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { HandleEvent, HandlePublished, HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { DeliveriesService } from '../callbacks/deliveries.service.js';
import { HearingService } from './hearing.service.js';
import { WebhooksService } from './webhooks.service.js';

type Rpc = typeof taskManagerRpc;
type Asked<V extends keyof Rpc> = RequestOf<Rpc[V]>;
type Told<V extends keyof Rpc> = Promise<ReplyOf<Rpc[V]>>;

/** What the gateway asks about subscriptions and deliveries, and what is heard for subscriptions. Host events come by way of `AgentsHandler`. */
@Controller()
export class WebhooksHandler {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly deliveries: DeliveriesService,
    private readonly hearing: HearingService,
  ) {}

  @HandleRequest(taskManagerRpc.createWebhook)
  create({ actor, idempotency, webhook }: Asked<'createWebhook'>, _context: MessageContext): Told<'createWebhook'> {
    return this.webhooks.create(actor.username, idempotency, webhook);
  }

  @HandleRequest(taskManagerRpc.listWebhooks)
  list(query: Asked<'listWebhooks'>, _context: MessageContext): Told<'listWebhooks'> {
    return this.webhooks.list(query);
  }

  @HandleRequest(taskManagerRpc.getWebhook)
  get({ id }: Asked<'getWebhook'>, _context: MessageContext): Told<'getWebhook'> {
    return this.webhooks.get(id);
  }

  @HandleRequest(taskManagerRpc.updateWebhook)
  update({ id, changes, ifRevision }: Asked<'updateWebhook'>, _context: MessageContext): Told<'updateWebhook'> {
    return this.webhooks.update(id, changes, ifRevision);
  }

  @HandleRequest(taskManagerRpc.deleteWebhook)
  remove({ id, ifRevision }: Asked<'deleteWebhook'>, _context: MessageContext): Told<'deleteWebhook'> {
    return this.webhooks.remove(id, ifRevision);
  }

  @HandleRequest(taskManagerRpc.listDeliveries)
  listDeliveries(query: Asked<'listDeliveries'>, _context: MessageContext): Told<'listDeliveries'> {
    return this.deliveries.list(query);
  }

  @HandleRequest(taskManagerRpc.redeliver)
  redeliver({ idempotency, id, webhookId, taskId }: Asked<'redeliver'>, _context: MessageContext): Told<'redeliver'> {
    return this.deliveries.redeliver({ id, webhookId, taskId }, idempotency);
  }

  @HandlePublished(taskManagerHears.webhooksChanged)
  changed(_change: unknown, _context: MessageContext): Promise<void> {
    return this.hearing.refresh();
  }

  @HandleEvent(taskManagerConsumers.primaryEvents)
  primaryEvent(event: Event, _context: MessageContext): Promise<void> {
    return this.hearing.hear(event);
  }

  @HandleEvent(taskManagerConsumers.scheduleEvents)
  scheduleEvent(event: Event, _context: MessageContext): Promise<void> {
    return this.hearing.hear(event);
  }

  @HandleEvent(taskManagerConsumers.resourceEvents)
  resourceEvent(event: Event, _context: MessageContext): Promise<void> {
    return this.hearing.hear(event);
  }
}
