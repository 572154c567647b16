import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Delivery } from '@klevr/contracts/callback';
import type { Actor, Idempotency, ReplyOf } from '@klevr/contracts/contract';
import { DeliveryId, WebhookId } from '@klevr/contracts/ids';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentActor } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { ListDeliveries } from './list-deliveries.js';

const DeliveryPath = z.object({ id: WebhookId, delivery: DeliveryId });
type DeliveryPath = z.infer<typeof DeliveryPath>;

const { listDeliveries, redeliver } = taskManagerRpc;

@ApiTags('webhooks')
@Controller('webhooks/:id/deliveries')
export class WebhookDeliveriesController {
  constructor(private readonly bus: Bus) {}

  @Get()
  @Answers(200, listDeliveries.reply, 'Lists what was and will be sent to a subscription, the latest first, with every try')
  list(
    @Param('id', { schema: WebhookId }) webhookId: string,
    @Query({ schema: ListDeliveries }) query: ListDeliveries,
  ): Promise<ReplyOf<typeof listDeliveries>> {
    return call(this.bus, listDeliveries, { ...query, webhookId });
  }

  @Post(':delivery/redeliver')
  @HttpCode(202)
  @IdempotentAnswers(202, Delivery, 'Sends a message to a subscription once more, at once', ['WRONG_STATE'])
  redeliver(
    @Param({ schema: DeliveryPath }) { id: webhookId, delivery: id }: DeliveryPath,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Delivery> {
    return call(this.bus, redeliver, { actor, id, webhookId, ...withIdempotency(key) });
  }
}
