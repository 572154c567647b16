import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CreateSource, Source, UpdateSource } from '@klevr/contracts/catalogue';
import { type Actor, type Idempotency, PageQuery, type ReplyOf } from '@klevr/contracts/contract';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';
import { AnswersETag, HeedsIfMatch, IfRevision, withRevision } from '../http/revision.decorator.js';
import { SourceRef } from './source-ref.js';

const { createSource, listSources, getSource, updateSource, deleteSource, syncSource } = provisionerRpc;

/** What a repository is read with goes in and never out: no answer has it. */
@ApiTags('catalogue')
@Controller('catalogue/sources')
export class SourcesController {
  constructor(private readonly bus: Bus) {}

  @Post()
  @AnswersETag(201)
  @IdempotentAnswers(201, Source, 'Adds a Git repository of recipes; it is read at once, and its `status` tells how that goes', [
    'CONFLICT',
  ])
  create(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: CreateSource }) source: CreateSource,
    @CurrentActor() actor: Actor,
    @IdempotencyOf('auth') key: Idempotency | undefined,
  ): Promise<Source> {
    return call(this.bus, createSource, { actor, source, ...withIdempotency(key) }, longCall);
  }

  @Get()
  @Answers(200, listSources.reply, 'Lists where recipes come from')
  list(@Query({ schema: PageQuery.strict() }) query: PageQuery): Promise<ReplyOf<typeof listSources>> {
    return call(this.bus, listSources, query);
  }

  @Get(':source')
  @AnswersETag()
  @Answers(
    200,
    Source,
    'Tells about a source: the commit that its recipes are pinned to, and what was wrong with which file at its last sync',
  )
  get(@Param('source', { schema: SourceRef }) source: string, @Query({ schema: NoFields }) _query: NoFields): Promise<Source> {
    return call(this.bus, getSource, { source });
  }

  @Patch(':source')
  @AnswersETag()
  @HeedsIfMatch()
  @Answers(200, Source, 'Changes a source', ['WRONG_STATE'])
  update(
    @Param('source', { schema: SourceRef }) source: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: UpdateSource }) changes: UpdateSource,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<Source> {
    return call(this.bus, updateSource, { actor, source, changes, ...withRevision(revision) }, longCall);
  }

  @Delete(':source')
  @HttpCode(204)
  @HeedsIfMatch()
  @Answers(204, undefined, 'Removes a source and its recipes, where no resource was made of them', ['CONFLICT', 'WRONG_STATE'])
  async remove(
    @Param('source', { schema: SourceRef }) source: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<void> {
    await call(this.bus, deleteSource, { actor, source, ...withRevision(revision) });
  }

  @Post(':source/sync')
  @HttpCode(202)
  @AnswersETag(202)
  @IdempotentAnswers(
    202,
    Source,
    'Reads a source anew; a fault of the repository is in its `statusMessage`, those of recipes in its `faults`',
  )
  sync(
    @Param('source', { schema: SourceRef }) source: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Source> {
    return call(this.bus, syncSource, { actor, source, ...withIdempotency(key) }, longCall);
  }
}
