import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type Actor, type Idempotency, PageQuery, type ReplyOf } from '@klevr/contracts/contract';
import { ScheduleId } from '@klevr/contracts/ids';
import { Fire, Schedule } from '@klevr/contracts/schedule';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentActor } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';
import { AnswersETag } from '../http/revision.decorator.js';

const { pauseSchedule, resumeSchedule, triggerSchedule, listFires } = schedulerRpc;

const ListFires = PageQuery.extend({ state: Fire.shape.state.optional() }).strict();
type ListFires = z.infer<typeof ListFires>;

@ApiTags('schedules')
@Controller('schedules/:id')
export class ScheduleActionsController {
  constructor(private readonly bus: Bus) {}

  @Post('pause')
  @HttpCode(202)
  @AnswersETag(202)
  @IdempotentAnswers(202, Schedule, 'Pauses a schedule: nothing of it is due until it is resumed', ['WRONG_STATE'])
  pause(
    @Param('id', { schema: ScheduleId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Schedule> {
    return call(this.bus, pauseSchedule, { actor, id, ...withIdempotency(key) });
  }

  @Post('resume')
  @HttpCode(202)
  @AnswersETag(202)
  @IdempotentAnswers(202, Schedule, 'Resumes a schedule; what would have been due meanwhile counts as missed', ['WRONG_STATE'])
  resume(
    @Param('id', { schema: ScheduleId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Schedule> {
    return call(this.bus, resumeSchedule, { actor, id, ...withIdempotency(key) });
  }

  @Post('trigger')
  @HttpCode(202)
  @IdempotentAnswers(202, Fire, 'Makes a task of this schedule now, besides its due times; also while it is paused', ['WRONG_STATE'])
  trigger(
    @Param('id', { schema: ScheduleId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Fire> {
    return call(this.bus, triggerSchedule, { actor, id, ...withIdempotency(key) }, longCall);
  }

  @Get('fires')
  @Answers(200, listFires.reply, 'Lists the ledger of due times, the latest first: what became of each, and why')
  listFires(
    @Param('id', { schema: ScheduleId }) id: string,
    @Query({ schema: ListFires }) query: ListFires,
  ): Promise<ReplyOf<typeof listFires>> {
    return call(this.bus, listFires, { ...query, id });
  }
}
