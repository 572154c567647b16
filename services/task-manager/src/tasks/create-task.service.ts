import type { Idempotency } from '@klevr/contracts/contract';
import { AppError, type ErrorCode, type Fault } from '@klevr/contracts/errors';
import type { CreateTask, Task } from '@klevr/contracts/task';
import { Batcher } from '@klevr/persistence/batcher';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { runsEnded, tasksCreated } from '../metrics.js';
import type { Stored } from '../runs/stored.js';
import { WakeUps } from '../wake-ups.js';
import { CheckTaskService, type CheckedTask } from './check-task.service.js';
import { newSecret } from './new-secret.js';
import { newTask, type TaskOrigin } from './new-task.js';
import { TasksStore, type Created, type Creation } from './tasks.store.js';

/** Makes tasks: those that come while a transaction runs share the next one. The answer is given after the commit. */
@Injectable()
export class CreateTaskService {
  private readonly batches: Batcher<Creation, Created>;

  constructor(
    store: TasksStore,
    private readonly checks: CheckTaskService,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {
    this.batches = new Batcher({
      run: (creations) => store.createAll(creations),
      maxSize: 100,
      retryAlone: (error) => !(error instanceof AppError && error.code === 'UNAVAILABLE'),
    });
  }

  async create(username: string, idempotency: Idempotency | undefined, request: CreateTask): Promise<Task> {
    return this.store(username, idempotency, await this.checks.check(request));
  }

  /**
   * All of them, or none where one has a fault. Those that are made before the database goes away stay, and the same request with the same key makes the rest: each
   * has a key of its own.
   */
  async createMany(username: string, idempotency: Idempotency | undefined, requests: readonly CreateTask[]): Promise<Task[]> {
    const checks = await Promise.allSettled(requests.map((request) => this.checks.check(request)));
    const sound = checks.flatMap((check) => (check.status === 'fulfilled' ? [check.value] : []));
    if (sound.length < checks.length) throw faultOfAll(checks);
    return Promise.all(sound.map((checked, index) => this.store(username, keyOf(idempotency, index), checked)));
  }

  /** What was checked before; `origin` says where it comes from, if not from a user alone. */
  async store(
    username: string,
    idempotency: Idempotency | undefined,
    { request, place, agentIds }: CheckedTask,
    origin: TaskOrigin = {},
  ): Promise<Task> {
    const now = new Date(this.clock.nowMs());
    const made = newTask(request, place, agentIds, { username, now, newSecret }, origin);
    const { task, fresh, callbacksDue, superseded } = await this.batches.add({ idempotency, made });
    if (fresh) {
      tasksCreated.inc();
      this.wakeUps.zone(place.zoneId, 'due');
      if (task.scheduledAt !== null) this.wakeUps.at(new Date(task.scheduledAt));
      this.wakeUps.outbox();
      if (callbacksDue) this.wakeUps.callbacks();
      if (superseded !== undefined) this.tell(superseded);
    }
    return task;
  }

  private tell(superseded: Stored): void {
    for (const status of superseded.ended) runsEnded.inc({ status });
    this.wakeUps.stored(superseded);
  }
}

const keyOf = (idempotency: Idempotency | undefined, index: number): Idempotency | undefined =>
  idempotency && { ...idempotency, scope: `${idempotency.scope} ${index}` };

/** One answer for the faults of many; what is no fault of a task stands for all. */
const faultOfAll = (checks: readonly PromiseSettledResult<unknown>[]): unknown => {
  const codes = new Set<ErrorCode>();
  const errors: Fault[] = [];
  for (const [index, check] of checks.entries()) {
    if (check.status === 'fulfilled') continue;
    const reason: unknown = check.reason;
    if (!(reason instanceof AppError) || reason.retryAfterSeconds !== undefined || reason.code === 'UNAVAILABLE') return reason;
    codes.add(reason.code);
    const faults = reason.errors ?? [{ path: '', message: reason.message }];
    errors.push(...faults.map(({ path, message }) => ({ path: path === '' ? `tasks.${index}` : `tasks.${index}.${path}`, message })));
  }
  const [first = 'BAD_REQUEST'] = codes;
  return new AppError(codes.size === 1 ? first : 'BAD_REQUEST', 'Some of the tasks have faults; none was made', { errors });
};
