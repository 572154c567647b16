import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type Actor, type Idempotency, PageQuery, type ReplyOf } from '@klevr/contracts/contract';
import { ResourceId } from '@klevr/contracts/ids';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { ApplyResource, DestroyResource, Operation, RollbackResource } from '@klevr/contracts/resource';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';

const { planResource, applyResource, destroyResource, rollbackResource, refreshResource, listOperations, listRevisions } = provisionerRpc;

/** Each of them makes an operation, which a worker of the zone carries out; `GET /operations/{id}` tells how it goes. */
@ApiTags('resources')
@Controller('resources/:id')
export class ResourceActionsController {
  constructor(private readonly bus: Bus) {}

  @Post('plan')
  @HttpCode(202)
  @IdempotentAnswers(
    202,
    Operation,
    'Works out what an apply would change; nothing is changed. The `plan` is in the operation when it has ended',
    ['WRONG_STATE'],
  )
  plan(
    @Param('id', { schema: ResourceId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Operation> {
    return call(this.bus, planResource, { actor, id, ...withIdempotency(key) }, longCall);
  }

  @Post('apply')
  @HttpCode(202)
  @IdempotentAnswers(
    202,
    Operation,
    'Makes of a resource what it shall be. Where that is so already, nothing is changed; one that failed goes on where it stood',
    ['CONFLICT', 'WRONG_STATE'],
  )
  apply(
    @Param('id', { schema: ResourceId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: ApplyResource.prefault({}) }) apply: ApplyResource,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Operation> {
    return call(this.bus, applyResource, { actor, id, apply, ...withIdempotency(key) }, longCall);
  }

  @Post('destroy')
  @HttpCode(202)
  @IdempotentAnswers(202, Operation, 'Takes a resource away; what holds data stays unless `deleteData` says otherwise', ['WRONG_STATE'])
  destroy(
    @Param('id', { schema: ResourceId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: DestroyResource.prefault({}) }) destroy: DestroyResource,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Operation> {
    return call(this.bus, destroyResource, { actor, id, destroy, ...withIdempotency(key) }, longCall);
  }

  @Post('rollback')
  @HttpCode(202)
  @IdempotentAnswers(202, Operation, 'Goes back to an earlier revision, the one applied last if none is named, and applies it', [
    'WRONG_STATE',
  ])
  rollback(
    @Param('id', { schema: ResourceId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: RollbackResource.prefault({}) }) rollback: RollbackResource,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Operation> {
    return call(this.bus, rollbackResource, { actor, id, rollback, ...withIdempotency(key) }, longCall);
  }

  @Post('refresh')
  @HttpCode(202)
  @IdempotentAnswers(202, Operation, 'Looks at the engine now: what is there of a resource, and whether it has drifted', ['WRONG_STATE'])
  refresh(
    @Param('id', { schema: ResourceId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Operation> {
    return call(this.bus, refreshResource, { actor, id, ...withIdempotency(key) }, longCall);
  }

  @Get('operations')
  @Answers(200, listOperations.reply, 'Lists what was done with a resource, the latest first')
  listOperations(
    @Param('id', { schema: ResourceId }) resourceId: string,
    @Query({ schema: PageQuery.strict() }) query: PageQuery,
  ): Promise<ReplyOf<typeof listOperations>> {
    return call(this.bus, listOperations, { ...query, resourceId });
  }

  @Get('revisions')
  @Answers(
    200,
    listRevisions.reply,
    'Lists what a resource was to be, the latest first: recipe and parameters, who said so and when it was applied',
  )
  listRevisions(
    @Param('id', { schema: ResourceId }) id: string,
    @Query({ schema: PageQuery.strict() }) query: PageQuery,
  ): Promise<ReplyOf<typeof listRevisions>> {
    return call(this.bus, listRevisions, { ...query, id });
  }
}
