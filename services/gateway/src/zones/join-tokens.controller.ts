import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type Actor, type Idempotency, PageQuery, type ReplyOf } from '@klevr/contracts/contract';
import { JoinTokenId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { CreateJoinToken, ZoneRef } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { JoinTokenWithCommand, JoinTokensService } from './join-tokens.service.js';
import { ReachedAt } from './server-url.decorator.js';

const { listJoinTokens, revokeJoinToken } = schedulerRpc;

@ApiTags('zones')
@Controller('zones/:zone/join-tokens')
export class JoinTokensController {
  constructor(
    private readonly bus: Bus,
    private readonly joinTokens: JoinTokensService,
  ) {}

  @Post()
  @IdempotentAnswers(201, JoinTokenWithCommand, 'Makes a join token. The token is in this answer and never again', ['SECRET_SHOWN_ONCE'])
  create(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Body({ schema: CreateJoinToken.prefault({}) }) joinToken: CreateJoinToken,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
    @ReachedAt() reachedAt: string | undefined,
  ): Promise<JoinTokenWithCommand> {
    return this.joinTokens.create({ actor, zone, joinToken, ...withIdempotency(key) }, reachedAt);
  }

  @Get()
  @Answers(200, listJoinTokens.reply, 'Lists the join tokens of a zone, without the tokens themselves')
  list(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Query({ schema: PageQuery.strict() }) query: PageQuery,
  ): Promise<ReplyOf<typeof listJoinTokens>> {
    return call(this.bus, listJoinTokens, { ...query, zone });
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers(204, undefined, 'Revokes a join token')
  async revoke(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Param('id', { schema: JoinTokenId }) id: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await call(this.bus, revokeJoinToken, { actor, zone, id });
  }
}
