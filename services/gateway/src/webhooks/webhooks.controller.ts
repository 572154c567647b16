import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CreateWebhook, UpdateWebhook, Webhook } from '@klevr/contracts/callback';
import type { Actor, Idempotency, ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { WebhookId } from '@klevr/contracts/ids';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor, Scope, type Scoped } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';
import { AnswersETag, HeedsIfMatch, IfRevision, withRevision } from '../http/revision.decorator.js';

const { createWebhook, listWebhooks, getWebhook, updateWebhook, deleteWebhook } = taskManagerRpc;

@ApiTags('webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly bus: Bus) {}

  @Post()
  @Header('cache-control', 'no-store')
  @AnswersETag(201)
  @IdempotentAnswers(201, Webhook, 'Makes a subscription to events. A secret that was not given is in this answer and never again', [
    'CONFLICT',
    'SECRET_SHOWN_ONCE',
  ])
  create(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: CreateWebhook }) webhook: CreateWebhook,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Webhook> {
    return call(this.bus, createWebhook, { actor, webhook, ...withIdempotency(key) }, longCall);
  }

  @Get()
  @Answers(200, listWebhooks.reply, 'Lists the subscriptions, of one zone if so asked')
  list(
    @Query({ schema: listWebhooks.request.omit({ scope: true }).strict() }) query: RequestOf<typeof listWebhooks>,
    @Scope() scope: Scoped,
  ): Promise<ReplyOf<typeof listWebhooks>> {
    return call(this.bus, listWebhooks, { ...query, ...scope });
  }

  @Get(':id')
  @AnswersETag()
  @Answers(200, Webhook, 'Tells about a subscription, without its secret')
  get(@Param('id', { schema: WebhookId }) id: string, @Query({ schema: NoFields }) _query: NoFields): Promise<Webhook> {
    return call(this.bus, getWebhook, { id });
  }

  @Patch(':id')
  @AnswersETag()
  @HeedsIfMatch()
  @Answers(200, Webhook, 'Changes a subscription')
  update(
    @Param('id', { schema: WebhookId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: UpdateWebhook }) changes: UpdateWebhook,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<Webhook> {
    return call(this.bus, updateWebhook, { actor, id, changes, ...withRevision(revision) });
  }

  @Delete(':id')
  @HttpCode(204)
  @HeedsIfMatch()
  @Answers(204, undefined, 'Removes a subscription; what it has not been sent yet is not sent any more')
  async remove(
    @Param('id', { schema: WebhookId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<void> {
    await call(this.bus, deleteWebhook, { actor, id, ...withRevision(revision) });
  }
}
