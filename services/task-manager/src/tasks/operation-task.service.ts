import { AppError } from '@klevr/contracts/errors';
import type { Task } from '@klevr/contracts/task';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { tasksCreated } from '../metrics.js';
import { TaskReaderStore } from '../reading/task-reader.store.js';
import { WakeUps } from '../wake-ups.js';
import { CheckTaskService } from './check-task.service.js';
import { newSecret } from './new-secret.js';
import { newTask } from './new-task.js';
import { requestOf, type OperationTask } from './operation-task.js';
import { OperationTasksStore } from './operation-tasks.store.js';

/** Makes the tasks of operations on resources. The same operation gets the same task for as long as that is kept. */
@Injectable()
export class OperationTaskService {
  constructor(
    private readonly store: OperationTasksStore,
    private readonly tasks: TaskReaderStore,
    private readonly checks: CheckTaskService,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async create(operation: OperationTask): Promise<Task> {
    const { operationId } = operation.step;
    const known = await this.store.taskOf(operationId);
    if (known !== undefined) return this.tasks.get(known, this.now());
    const request = requestOf(operation);
    const place = await this.checks.checkOperation(request);
    const made = newTask(request, place, [], { username: operation.actor.username, now: this.now(), newSecret });
    const created = await this.store.create(operationId, made);
    if (created === undefined) return this.tasks.get(await this.otherOf(operationId), this.now());
    tasksCreated.inc();
    this.wakeUps.zone(place.zoneId, 'due');
    this.wakeUps.outbox();
    if (created.callbacksDue) this.wakeUps.callbacks();
    return made.task;
  }

  /** Another replica was asked at the same time. */
  private async otherOf(operationId: string): Promise<string> {
    const other = await this.store.taskOf(operationId);
    if (other === undefined)
      throw new AppError('UNAVAILABLE', 'The operation is being given its task; ask again', { retryAfterSeconds: 1 });
    return other;
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
