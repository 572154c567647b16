import { Body, Controller, Post, Query } from '@nestjs/common';
import type { Actor, Idempotency, ReplyOf } from '@klevr/contracts/contract';
import { CreateTasks } from '@klevr/contracts/bulk';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor } from '../auth/caller.decorator.js';
import { IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';

const { createTasks } = taskManagerRpc;

@ApiTags('tasks')
@Controller('tasks/bulk')
export class BulkTasksController {
  constructor(private readonly bus: Bus) {}

  @Post()
  @IdempotentAnswers(
    201,
    createTasks.reply,
    'Makes up to 100 tasks with one request, or none of them where one has a fault. What was interrupted by a 503 is completed by the same request with the same Idempotency-Key',
    ['WRONG_STATE', 'SECRET_SHOWN_ONCE', 'NO_TARGET'],
  )
  createTasks(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: CreateTasks }) { tasks }: CreateTasks,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<ReplyOf<typeof createTasks>> {
    return call(this.bus, createTasks, { actor, tasks, ...withIdempotency(key) }, longCall);
  }
}
