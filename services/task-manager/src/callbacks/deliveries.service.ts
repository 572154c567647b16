import type { Delivery } from '@klevr/contracts/callback';
import type { Idempotency, ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { DeliveryId } from '@klevr/contracts/ids';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { refuseForeignCursor } from '../reading/page.js';
import { WakeUps } from '../wake-ups.js';
import { DeliveryLogStore, type NamedDelivery } from './delivery-log.store.js';

type Rpc = typeof taskManagerRpc;

/** What was sent and will be, and sending it once more. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly store: DeliveryLogStore,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async list(query: RequestOf<Rpc['listDeliveries']>): Promise<ReplyOf<Rpc['listDeliveries']>> {
    refuseForeignCursor(query.cursor, DeliveryId);
    return this.store.list(query);
  }

  async redeliver(named: NamedDelivery, idempotency: Idempotency | undefined): Promise<Delivery> {
    const delivery = await this.store.redeliver(named, idempotency, new Date(this.clock.nowMs()));
    this.wakeUps.callbacks();
    return delivery;
  }
}
