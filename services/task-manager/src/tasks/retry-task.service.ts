import type { RequestOf } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Target } from '@klevr/contracts/target';
import { isTerminal, type CreateTask, type Task } from '@klevr/contracts/task';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { TaskReaderStore } from '../reading/task-reader.store.js';
import { CheckTaskService } from './check-task.service.js';
import { CreateTaskService } from './create-task.service.js';
import { TaskCopyStore, type Untold } from './task-copy.store.js';

/** Makes a new task like one that has ended; of a task on many hosts, if wanted, only for those where it has not succeeded. */
@Injectable()
export class RetryTaskService {
  constructor(
    private readonly tasks: TaskReaderStore,
    private readonly copies: TaskCopyStore,
    private readonly checks: CheckTaskService,
    private readonly creating: CreateTaskService,
    private readonly clock: Clock,
  ) {}

  async retry({ actor, idempotency, id, retry }: RequestOf<typeof taskManagerRpc.retryTask>): Promise<Task> {
    const now = new Date(this.clock.nowMs());
    const { target, ...task } = await this.tasks.get(id, now);
    if ('worker' in target) {
      throw new AppError('WRONG_STATE', 'The task is an operation on a resource: apply the resource again');
    }
    if (!isTerminal(task.status)) throw new AppError('WRONG_STATE', `The task is ${task.status}`);
    if (retry.onlyFailed && task.status === 'succeeded')
      throw new AppError('WRONG_STATE', 'The task is succeeded: none of its runs has failed');
    const untold = await this.copies.untold(id);
    const origin = { retryOf: id, previousResult: untold.previousResult };
    const request = copyOf({ ...task, target }, untold, now);
    if (!retry.onlyFailed || !('all' in target)) {
      return this.creating.store(actor.username, idempotency, await this.checks.check(request), origin);
    }
    const place = await this.checks.checkForLater(request);
    const agentIds = await this.copies.unsuccessful(id);
    if (agentIds.length === 0) throw new AppError('NO_TARGET', 'The agents whose runs have not succeeded are gone');
    return this.creating.store(actor.username, idempotency, { request, place, agentIds }, origin);
  }
}

/** Its times are left out: the one that it was to begin at, and a deadline that has passed. */
const copyOf = (task: Task & { readonly target: Target }, { callbacks }: Untold, now: Date): CreateTask => {
  const { name, zoneId: zone, target, steps, recovery, parameters, timeoutSeconds, execution, resumable, priority, credentials } = task;
  const { deadline, retryPolicy, concurrencyKey, supersedes, killGraceSeconds, maxLogBytes } = task;
  return {
    ...{
      name,
      zone,
      target,
      steps,
      recovery,
      parameters,
      timeoutSeconds,
      execution,
      resumable,
      priority,
      credentials,
      maxLogBytes,
      callbacks,
    },
    ...(deadline === null || new Date(deadline) <= now ? {} : { deadline }),
    ...(retryPolicy === null ? {} : { retryPolicy }),
    ...(concurrencyKey === null ? {} : { concurrencyKey }),
    ...(supersedes === null ? {} : { supersedes }),
    ...(killGraceSeconds === null ? {} : { killGraceSeconds }),
  };
};
