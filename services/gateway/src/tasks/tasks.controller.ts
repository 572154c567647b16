import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type Actor, type Idempotency, PageQuery, type ReplyOf, type RequestOf } from '@klevr/contracts/contract';
import { TaskId } from '@klevr/contracts/ids';
import { CreateTask, RetryTask, Task } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor, Scope, type Scoped } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';

const { createTask, listTasks, getTask, cancelTask, retryTask, listRuns } = taskManagerRpc;

@ApiTags('tasks')
@Controller('tasks')
export class TasksController {
  constructor(private readonly bus: Bus) {}

  @Post()
  @IdempotentAnswers(
    201,
    Task,
    'Makes a task. Once this is answered, the task is stored and will come to its end. Secrets that were made for its callbacks are in this answer and never again',
    ['WRONG_STATE', 'SECRET_SHOWN_ONCE', 'NO_TARGET'],
  )
  create(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: CreateTask }) task: CreateTask,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Task> {
    return call(this.bus, createTask, { actor, task, ...withIdempotency(key) }, { ...longCall, isChecked: true });
  }

  @Get()
  @Answers(200, listTasks.reply, 'Lists tasks, the latest first; of one zone, status, schedule or agent if so asked')
  list(
    @Query({ schema: listTasks.request.omit({ scope: true }).strict() }) query: RequestOf<typeof listTasks>,
    @Scope() scope: Scoped,
  ): Promise<ReplyOf<typeof listTasks>> {
    return call(this.bus, listTasks, { ...query, ...scope });
  }

  @Get(':id')
  @Answers(200, Task, 'Tells about a task')
  get(@Param('id', { schema: TaskId }) id: string, @Query({ schema: NoFields }) _query: NoFields): Promise<Task> {
    return call(this.bus, getTask, { id });
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @Answers(202, Task, 'Asks for a task to be canceled; it is once its agents confirm, or have surely not begun', ['WRONG_STATE'])
  cancel(
    @Param('id', { schema: TaskId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
  ): Promise<Task> {
    return call(this.bus, cancelTask, { actor, id }, longCall);
  }

  @Post(':id/retry')
  @HttpCode(202)
  @IdempotentAnswers(202, Task, 'Makes a new task like one that has ended, and answers it; `retryOf` of the new one names the old one', [
    'WRONG_STATE',
    'SECRET_SHOWN_ONCE',
    'NO_TARGET',
  ])
  retry(
    @Param('id', { schema: TaskId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: RetryTask.prefault({}) }) retry: RetryTask,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Task> {
    return call(this.bus, retryTask, { actor, id, retry, ...withIdempotency(key) }, longCall);
  }

  @Get(':id/runs')
  @Answers(200, listRuns.reply, 'Lists the runs of a task, with their attempts and steps')
  listRuns(
    @Param('id', { schema: TaskId }) taskId: string,
    @Query({ schema: PageQuery.strict() }) query: PageQuery,
  ): Promise<ReplyOf<typeof listRuns>> {
    return call(this.bus, listRuns, { ...query, taskId });
  }
}
