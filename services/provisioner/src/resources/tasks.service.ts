import { AppError, errorCodes } from '@klevr/contracts/errors';
import { isTerminal, type Task, type TerminalStatus } from '@klevr/contracts/task';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { WakeUps } from '../wake-ups.js';
import { askAgainMs, end } from './life.js';
import { isOpen, operationEventOf } from './operation-state.js';
import type { OperationRow } from './operation-row.js';
import { OperationTimes, taskRequest } from './operation-task.js';
import { OperationsStore } from './operations.store.js';
import type { Reason, RevisionRow } from './resource-row.js';
import { ShellService } from './shell/shell.service.js';
import { failureText } from './steps.js';
import { TaskManagerClient } from './task-manager.client.js';

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** Ends come as events. This is for the one that was lost, or came before it was known whose it is. */
const lookAgainMs = 60_000;
/** That a script has begun is no event of its task's. */
const lookForShellMs = 5_000;

/** What is told of a task. */
type TaskEnd = { readonly status: TerminalStatus; readonly reason: Reason | null };

@Injectable()
export class TaskParts {
  constructor(
    readonly tasks: TaskManagerClient,
    readonly times: OperationTimes,
    readonly shell: ShellService,
  ) {}
}

/**
 * The tasks of operations.
 * Promises: an operation that was accepted gets its task, however often this process or the task-manager goes down in between, and gets one only, as the task-manager
 * knows it by the operation's id; a task that ended without a result from its worker ends the operation. Does not: hurry where the task-manager is away.
 */
@Injectable()
export class TasksService {
  constructor(
    private readonly store: OperationsStore,
    private readonly parts: TaskParts,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** For one that is due; somebody else's turn comes only after the lease that the caller has taken. */
  async see(id: string): Promise<void> {
    const operation = await this.store.find(id);
    if (operation === undefined) return;
    try {
      if (operation.taskId === null) await this.make(operation);
      else await this.look(operation, operation.taskId);
    } catch (error) {
      await this.put(operation, error);
    }
    this.wakeUps.committed();
  }

  /** Of a task that may be an operation's. */
  async taskEnded(taskId: string, told: TaskEnd): Promise<void> {
    const operation = await this.store.findByTask(taskId);
    if (operation === undefined || !isOpen(operation.status)) return;
    await this.ended(operation, told);
    this.wakeUps.committed();
  }

  private async make(operation: OperationRow): Promise<void> {
    const revision = await this.store.revisionOf(operation);
    if (revision === undefined) return;
    const deadlineAt = operation.cause === 'schedule' ? new Date(operation.createdAt.getTime() + askAgainMs) : null;
    const byWorker = (): Promise<Task> =>
      this.parts.tasks.create(taskRequest(operation, { revision, deadlineAt, times: this.parts.times }));
    const task = isShell(revision) ? await this.parts.shell.nextTask(operation, revision, deadlineAt) : await byWorker();
    if (task === undefined) return;
    const wanted = await this.store.change(operation, this.now(), (story, now) => {
      Object.assign(now, {
        taskId: task.id,
        taskDueAt: isOpen(now.status) ? this.in(isShell(revision) ? lookForShellMs : lookAgainMs) : null,
        reason: isOpen(now.status) ? null : now.reason,
      });
      story.changed.add(now);
      return isOpen(now.status);
    });
    if (wanted !== true) return this.parts.tasks.cancel(task.id, actorOf(operation));
    if (isTerminal(task.status)) await this.ended({ ...operation, taskId: task.id }, { status: task.status, reason: task.reason });
  }

  private async look(operation: OperationRow, taskId: string): Promise<void> {
    if (operation.cancelAt !== null && isOpen(operation.status)) await this.parts.tasks.cancel(taskId, actorOf(operation));
    const task = await this.parts.tasks.task(taskId);
    if (task === undefined)
      return this.ended(operation, { status: 'lost', reason: { code: 'AGENT_LOST', message: 'its task is no longer kept' } });
    if (isTerminal(task.status)) return this.ended(operation, { status: task.status, reason: task.reason });
    const revision = await this.store.revisionOf(operation);
    if (revision !== undefined && isShell(revision)) {
      await this.parts.shell.look(operation, taskId, revision).catch((error: unknown) => {
        // Its script runs all the same: what is wrong with its recipe counts at its end.
        if (!isRefusal(error)) throw error;
      });
    }
    await this.dueAgain(operation, lookAgainMs);
  }

  private async ended(operation: OperationRow, { status, reason }: TaskEnd): Promise<void> {
    const revision = await this.store.revisionOf(operation);
    const { taskId } = operation;
    if (revision !== undefined && taskId !== null && isShell(revision)) {
      try {
        return await this.parts.shell.ended(operation, { taskId, status, reason }, revision);
      } catch (error) {
        // What its scripts said is not understood by a recipe that is another by now, or gone.
        if (!isRefusal(error)) throw error;
        return this.fail(operation, 'failed', error);
      }
    }
    await this.store.change(operation, this.now(), (story, now, { recipe }) => {
      const said = reason?.message ?? `its task ended ${status} without a result`;
      const message = now.startedAt === null ? said : failureText(now.steps, said);
      end(story, now, { event: operationEventOf(status), reason: { code: reason?.code ?? 'NO_RESULT', message }, recipe });
    });
  }

  /** What cannot succeed later ends it; the rest is tried again, more and more seldom. */
  private async put(operation: OperationRow, error: unknown): Promise<void> {
    if (isRefusal(error) && operation.taskId === null) return this.fail(operation, 'refused', error);
    this.log.debug({ error, operationId: operation.id }, 'the task of an operation cannot be seen to now');
    await this.dueAgain(
      operation,
      Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(10, operation.taskTries)),
      'the task-manager is away',
    );
  }

  private async fail(operation: OperationRow, event: 'refused' | 'failed', { code, message: said, errors = [] }: AppError): Promise<void> {
    const faults = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    const message = faults === '' ? said : `${said}: ${faults}`;
    await this.store.change(operation, this.now(), (story, now, { recipe }) => {
      now.taskTries = 0;
      end(story, now, { event, reason: { code, message }, recipe });
      now.taskDueAt = null;
      story.changed.add(now);
    });
  }

  private async dueAgain(operation: OperationRow, afterMs: number, waits?: string): Promise<void> {
    await this.store.change(operation, this.now(), (story, now) => {
      // Its cancel was asked for while it was looked at, and is due at once.
      if (now.cancelAt !== null && operation.cancelAt === null) return;
      now.taskDueAt = isOpen(now.status) || now.taskId === null ? this.in(afterMs) : null;
      if (waits !== undefined && isOpen(now.status) && now.taskId === null) now.reason = { code: 'TASK_MANAGER_AWAY', message: waits };
      story.changed.add(now);
    });
  }

  private in(ms: number): Date {
    return new Date(this.clock.nowMs() + ms);
  }

  private now(): Date {
    return this.in(0);
  }
}

const isShell = ({ recipe }: RevisionRow): boolean => recipe.pinned.driver === 'shell';

const actorOf = ({ createdById, createdBy }: OperationRow) => ({ userId: createdById, username: createdBy });

/** What would be answered in the same way however often it is asked. */
const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && !errorCodes[error.code].retryable && error.code !== 'INTERNAL';
