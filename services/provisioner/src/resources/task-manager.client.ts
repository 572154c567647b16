import type { RequestInput } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Run, Task } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { Injectable } from '@nestjs/common';

type Actor = { readonly userId: string; readonly username: string };

/** What is asked of the task-manager. Throws its errors, and UNAVAILABLE where it is away. */
@Injectable()
export class TaskManagerClient {
  constructor(private readonly bus: Bus) {}

  create(request: RequestInput<typeof taskManagerRpc.createOperationTask>): Promise<Task> {
    return call(this.bus, taskManagerRpc.createOperationTask, request);
  }

  /** Undefined where it is no longer kept. */
  task(id: string): Promise<Task | undefined> {
    return found(call(this.bus, taskManagerRpc.getTask, { id }));
  }

  run(id: string): Promise<Run | undefined> {
    return found(call(this.bus, taskManagerRpc.getRun, { id }));
  }

  /** Tasks of operations have one. */
  async runOf(taskId: string): Promise<Run | undefined> {
    return (await found(call(this.bus, taskManagerRpc.listRuns, { taskId, limit: 1 })))?.items[0];
  }

  /** Why it waits, if it does. */
  async reasonOf(taskId: string): Promise<{ code: string; message: string } | null> {
    const reason = (await this.runOf(taskId))?.reason ?? null;
    return reason && { code: reason.code, message: reason.message };
  }

  /** One that has ended already is as good as canceled. */
  async cancel(id: string, actor: Actor): Promise<void> {
    try {
      await call(this.bus, taskManagerRpc.cancelTask, { actor: { ...actor }, id });
    } catch (error) {
      if (error instanceof AppError && (error.code === 'WRONG_STATE' || error.code === 'NOT_FOUND')) return;
      throw error;
    }
  }
}

const found = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
};
