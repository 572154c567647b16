import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { Actor, Idempotency, PageQuery, ReplyOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { CreateZone, Zone, ZoneRef } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';

const { createZone, listZones, getZone } = schedulerRpc;

@ApiTags('zones')
@Controller('zones')
export class ZonesController {
  constructor(private readonly bus: Bus) {}

  @Post()
  @IdempotentAnswers(201, Zone, 'Makes a zone')
  create(
    @Body({ schema: CreateZone }) zone: CreateZone,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Zone> {
    return call(this.bus, createZone, { actor, zone, ...withIdempotency(key) });
  }

  @Get()
  @Answers(200, listZones.reply, 'Lists the zones')
  list(@Query({ schema: listZones.request.strict() }) query: PageQuery): Promise<ReplyOf<typeof listZones>> {
    return call(this.bus, listZones, query);
  }

  @Get(':zone')
  @Answers(200, Zone, 'Tells about a zone, with its primary and the number of agents by status')
  get(@Param('zone', { schema: ZoneRef }) zone: string): Promise<Zone> {
    return call(this.bus, getZone, { zone });
  }
}
