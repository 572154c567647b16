import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type Actor, type Idempotency, PageQuery, type ReplyOf } from '@klevr/contracts/contract';
import { IncidentId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Incident, ZoneRef } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentActor, Scope, type Scoped } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { Flag } from '../http/flag.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { NoFields } from '../http/no-fields.js';

const { listIncidents, closeIncident } = schedulerRpc;

const ListIncidents = PageQuery.extend({ zone: ZoneRef.optional(), open: Flag.optional() }).strict();
type ListIncidents = z.infer<typeof ListIncidents>;

@ApiTags('zones')
@Controller('incidents')
export class IncidentsController {
  constructor(private readonly bus: Bus) {}

  @Get()
  @Answers(200, listIncidents.reply, 'Lists incidents, the latest first; while one is open, nobody it covers is declared lost')
  list(
    @Query({ schema: ListIncidents }) { open, ...query }: ListIncidents,
    @Scope() scope: Scoped,
  ): Promise<ReplyOf<typeof listIncidents>> {
    return call(this.bus, listIncidents, { ...query, ...scope, ...(open === undefined ? {} : { open: open === 'true' }) });
  }

  @Post(':id/close')
  @HttpCode(202)
  @IdempotentAnswers(202, Incident, 'Closes an incident: who is still gone will be declared lost', ['WRONG_STATE'])
  close(
    @Param('id', { schema: IncidentId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Incident> {
    return call(this.bus, closeIncident, { actor, id, ...withIdempotency(key) });
  }
}
