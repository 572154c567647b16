import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type Actor, type Idempotency, PageQuery, type ReplyOf } from '@klevr/contracts/contract';
import { AgentId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { PrimaryInfo, ZoneRef } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentActor } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';

const { getPrimary, listTerms, handOver } = schedulerRpc;

const HandOver = z.strictObject({ agentId: AgentId.optional() }).prefault({}).meta({ id: 'HandOver' });
type HandOver = z.infer<typeof HandOver>;

@ApiTags('primaries')
@Controller('zones/:zone/primary')
export class PrimariesController {
  constructor(private readonly bus: Bus) {}

  @Get()
  @Answers(200, getPrimary.reply, "Tells the zone's primary; null while it has none")
  // As text: the framework would send nothing at all for null, and nothing is not JSON.
  @Header('content-type', 'application/json; charset=utf-8')
  async get(@Param('zone', { schema: ZoneRef }) zone: string): Promise<string> {
    return JSON.stringify(await call(this.bus, getPrimary, { zone }));
  }

  @Get('history')
  @Answers(200, listTerms.reply, 'Lists who was primary, the latest first, with cause and gap')
  listTerms(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Query({ schema: PageQuery.strict() }) query: PageQuery,
  ): Promise<ReplyOf<typeof listTerms>> {
    return call(this.bus, listTerms, { ...query, zone });
  }

  @Post('handover')
  @HttpCode(202)
  @IdempotentAnswers(202, PrimaryInfo, 'Hands the zone over to another agent: the named one, or the next that stands', [
    'WRONG_STATE',
    'NO_TARGET',
  ])
  handOverPrimary(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Body({ schema: HandOver }) body: HandOver,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<PrimaryInfo> {
    return call(this.bus, handOver, { actor, zone, ...body, ...withIdempotency(key) });
  }
}
