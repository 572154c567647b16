import { AppError } from '@klevr/contracts/errors';
import { Injectable } from '@nestjs/common';
import type { Witness } from './judge.js';
import type { OperationRow } from './operation-row.js';
import { isOpen } from './operation-state.js';
import { OperationsStore } from './operations.store.js';
import { TaskManagerClient } from './task-manager.client.js';

export interface ToldRun {
  readonly runId: string;
  readonly attempt: number;
}

/**
 * Whether a worker may speak for an operation. The server vouches for the zone and the worker of a subject; that this worker has the run is asked of the
 * task-manager, once an attempt. Promises: nobody speaks for an operation but the worker to which its run was given, nor for an attempt that another has followed.
 */
@Injectable()
export class ProofService {
  constructor(
    private readonly operations: OperationsStore,
    private readonly tasks: TaskManagerClient,
  ) {}

  /** Answers the operation's task, which may not have been noted yet. Throws FORBIDDEN, and UNAVAILABLE where it cannot be known now. */
  async ofRun(operation: OperationRow, { zoneId, agentId }: Witness, { runId, attempt }: ToldRun): Promise<string> {
    if (operation.zoneId !== zoneId) throw forbidden();
    const { taskId } = operation;
    if (taskId !== null && operation.runId === runId && operation.attempt === attempt && operation.workerId === agentId) return taskId;
    const run = await this.tasks.run(runId);
    if (run?.agentId !== agentId || run.attempt !== attempt) throw forbidden();
    if (taskId === null && !(await this.isOf(run.taskId, operation.id))) throw forbidden();
    if (taskId !== null && run.taskId !== taskId) throw forbidden();
    return run.taskId;
  }

  /** A worker may be quicker than the answer that its task was made. */
  private async isOf(taskId: string, operationId: string): Promise<boolean> {
    const task = await this.tasks.task(taskId);
    return task?.steps.some((step) => 'use' in step && step.with['operationId'] === operationId) === true;
  }

  /**
   * For what belongs to a resource: the worker has an operation of it in hand. `taken`: it has told nothing of it yet, and whoever had it before has it no more.
   */
  async ofResource(resourceId: string, { zoneId, agentId }: Witness): Promise<'known' | 'taken'> {
    const open = (await this.operations.openOf(resourceId)).filter((operation) => operation.zoneId === zoneId && isOpen(operation.status));
    if (open.some(({ workerId }) => workerId === agentId)) return 'known';
    for (const { taskId } of open) {
      if (taskId !== null && (await this.tasks.runOf(taskId))?.agentId === agentId) return 'taken';
    }
    throw forbidden();
  }
}

const forbidden = (): AppError => new AppError('FORBIDDEN', 'This worker does not have the operation in hand');
