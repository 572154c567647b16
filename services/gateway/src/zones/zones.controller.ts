import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import type { Actor, Idempotency, PageQuery, ReplyOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { CreateZone, UpdateZone, Zone, ZoneRef } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentActor, Scope, type Scoped } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { Flag } from '../http/flag.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { AnswersETag, HeedsIfMatch, IfRevision, withRevision } from '../http/revision.decorator.js';

const { createZone, listZones, getZone, updateZone, deleteZone } = schedulerRpc;

const DeleteZone = z.strictObject({
  force: Flag.default('false').describe('also with agents or open tasks: they are canceled, told and cut off'),
});
type DeleteZone = z.infer<typeof DeleteZone>;

/** Agents are told and the NATS servers have their revocations before this is answered. */
const DELETE_TIMEOUT_MS = 20_000;

@ApiTags('zones')
@Controller('zones')
export class ZonesController {
  constructor(private readonly bus: Bus) {}

  @Post()
  @AnswersETag(201)
  @IdempotentAnswers(201, Zone, 'Makes a zone', ['CONFLICT'])
  create(
    @Body({ schema: CreateZone }) zone: CreateZone,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Zone> {
    return call(this.bus, createZone, { actor, zone, ...withIdempotency(key) });
  }

  @Get()
  @Answers(200, listZones.reply, 'Lists the zones')
  list(
    @Query({ schema: listZones.request.omit({ scope: true }).strict() }) query: PageQuery,
    @Scope() scope: Scoped,
  ): Promise<ReplyOf<typeof listZones>> {
    return call(this.bus, listZones, { ...query, ...scope });
  }

  @Get(':zone')
  @AnswersETag()
  @Answers(200, Zone, 'Tells about a zone, with its primary and the number of agents by status')
  get(@Param('zone', { schema: ZoneRef }) zone: string, @Query({ schema: NoFields }) _query: NoFields): Promise<Zone> {
    return call(this.bus, getZone, { zone });
  }

  @Patch(':zone')
  @AnswersETag()
  @HeedsIfMatch()
  @Answers(200, Zone, 'Changes a zone; its agents follow new settings at once')
  update(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: UpdateZone }) changes: UpdateZone,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<Zone> {
    return call(this.bus, updateZone, { actor, zone, changes, ...withRevision(revision) });
  }

  @Delete(':zone')
  @HttpCode(204)
  @HeedsIfMatch()
  @Answers(204, undefined, 'Removes a zone; one that has agents or open tasks only with `force=true`', ['WRONG_STATE'])
  async remove(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Query({ schema: DeleteZone }) { force }: DeleteZone,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<void> {
    const request = { actor, zone, force: force === 'true', ...withRevision(revision) };
    await call(this.bus, deleteZone, request, { timeoutMs: DELETE_TIMEOUT_MS });
  }
}
