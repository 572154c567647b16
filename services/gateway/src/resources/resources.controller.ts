import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import type { Actor, Idempotency, ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { ResourceId } from '@klevr/contracts/ids';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { CreateResource, Resource, UpdateResource } from '@klevr/contracts/resource';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor, Scope, type Scoped } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';
import { AnswersETag, HeedsIfMatch, IfRevision, withRevision } from '../http/revision.decorator.js';
import { ZonedResourcesService } from './zoned-resources.service.js';

const { listResources, getResource, updateResource, deleteResource } = provisionerRpc;

@ApiTags('resources')
@Controller('resources')
export class ResourcesController {
  constructor(
    private readonly bus: Bus,
    private readonly ofZones: ZonedResourcesService,
  ) {}

  @Post()
  @AnswersETag(201)
  @IdempotentAnswers(
    201,
    Resource,
    'Makes a resource of a recipe: what shall be in a zone. Nothing is done on any host before it is applied, which `apply` does at once',
    ['CONFLICT', 'WRONG_STATE'],
  )
  create(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: CreateResource }) resource: CreateResource,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Resource> {
    return this.ofZones.create({ actor, resource, ...withIdempotency(key) });
  }

  @Get()
  @Answers(200, listResources.reply, 'Lists resources; of one zone, status or recipe if so asked')
  list(
    @Query({ schema: listResources.request.omit({ scope: true }).strict() }) query: RequestOf<typeof listResources>,
    @Scope() scope: Scoped,
  ): Promise<ReplyOf<typeof listResources>> {
    return this.ofZones.list({ ...query, ...scope });
  }

  @Get(':id')
  @AnswersETag()
  @Answers(200, Resource, 'Tells about a resource: what it shall be, what was seen of it, how the two differ, and whether it is healthy')
  get(@Param('id', { schema: ResourceId }) id: string, @Query({ schema: NoFields }) _query: NoFields): Promise<Resource> {
    return call(this.bus, getResource, { id });
  }

  @Patch(':id')
  @AnswersETag()
  @HeedsIfMatch()
  @Answers(200, Resource, 'Changes what a resource shall be; nothing is done on any host before it is applied', ['CONFLICT', 'WRONG_STATE'])
  update(
    @Param('id', { schema: ResourceId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: UpdateResource }) changes: UpdateResource,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<Resource> {
    return call(this.bus, updateResource, { actor, id, changes, ...withRevision(revision) }, longCall);
  }

  @Delete(':id')
  @HttpCode(204)
  @HeedsIfMatch()
  @Answers(204, undefined, 'Removes the record of a resource of which nothing is left: one that was never applied, or was destroyed', [
    'WRONG_STATE',
  ])
  async remove(
    @Param('id', { schema: ResourceId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<void> {
    await call(this.bus, deleteResource, { actor, id, ...withRevision(revision) });
  }
}
