import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import type { Actor, Idempotency, ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { ScheduleId } from '@klevr/contracts/ids';
import { CreateSchedule, Schedule, UpdateSchedule } from '@klevr/contracts/schedule';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor, Scope, type Scoped } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';
import { AnswersETag, HeedsIfMatch, IfRevision, withRevision } from '../http/revision.decorator.js';

const { createSchedule, listSchedules, getSchedule, updateSchedule, deleteSchedule } = schedulerRpc;

@ApiTags('schedules')
@Controller('schedules')
export class SchedulesController {
  constructor(private readonly bus: Bus) {}

  @Post()
  @AnswersETag(201)
  @IdempotentAnswers(201, Schedule, 'Makes a schedule; its task is checked as a whole first', ['CONFLICT'])
  create(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: CreateSchedule }) schedule: CreateSchedule,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Schedule> {
    return call(this.bus, createSchedule, { actor, schedule, ...withIdempotency(key) }, longCall);
  }

  @Get()
  @Answers(200, listSchedules.reply, 'Lists schedules, of one zone or status if so asked')
  list(
    @Query({ schema: listSchedules.request.omit({ scope: true }).strict() }) query: RequestOf<typeof listSchedules>,
    @Scope() scope: Scoped,
  ): Promise<ReplyOf<typeof listSchedules>> {
    return call(this.bus, listSchedules, { ...query, ...scope });
  }

  @Get(':id')
  @AnswersETag()
  @Answers(200, Schedule, 'Tells about a schedule, and when it is due next')
  get(@Param('id', { schema: ScheduleId }) id: string, @Query({ schema: NoFields }) _query: NoFields): Promise<Schedule> {
    return call(this.bus, getSchedule, { id });
  }

  @Patch(':id')
  @AnswersETag()
  @HeedsIfMatch()
  @Answers(200, Schedule, 'Changes a schedule; due times that are in its ledger already stay as they are', ['WRONG_STATE'])
  update(
    @Param('id', { schema: ScheduleId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: UpdateSchedule }) changes: UpdateSchedule,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<Schedule> {
    return call(this.bus, updateSchedule, { actor, id, changes, ...withRevision(revision) }, longCall);
  }

  @Delete(':id')
  @HttpCode(204)
  @HeedsIfMatch()
  @Answers(204, undefined, 'Removes a schedule and its ledger; the tasks that it made stay')
  async remove(
    @Param('id', { schema: ScheduleId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<void> {
    await call(this.bus, deleteSchedule, { actor, id, ...withRevision(revision) });
  }
}
