import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { HookSecrets } from '../credentials/hook-secrets.js';
import { lockForSuperseding, supersede } from '../governors/supersede.store.js';
import { cancelRun } from '../runs/cancel-run.js';
import { resultFed } from '../runs/fed-result.store.js';
import { reasonAt } from '../runs/run-row.js';
import { openStates } from '../runs/run-state.js';
import { lockRuns } from '../runs/runs.store.js';
import { lockIfOpen, waitMessage } from '../runs/schedule-chain.store.js';
import { mergeStored, nothingStored, type Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';
import { insertTasks } from './insert-tasks.store.js';
import type { NewTask, TaskOrigin } from './new-task.js';

type Contract = typeof taskManagerRpc.createScheduledTask;
export type FireAnswer = ReplyOf<Contract>;
export type Fire = Omit<RequestOf<Contract>, 'actor' | 'task'>;

export interface FireMade {
  readonly answer: FireAnswer;
  /** False where an earlier answer is repeated. */
  readonly fresh: boolean;
  /** Of the task before, where it was canceled, and of those whose place it took. */
  readonly stored: Stored;
  readonly callbacksDue: boolean;
}

/** The tasks of schedules. Locks in the order schedule, runs, tasks; the schedule's lock makes each creation see the one before. */
@Injectable()
export class ScheduledTasksStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: HookSecrets,
  ) {}

  find(fireId: string): Promise<FireAnswer | undefined> {
    return guarded(() => findFire(this.dataSource.manager, fireId));
  }

  create(fire: Fire, make: (origin: TaskOrigin) => NewTask, now: Date): Promise<FireMade> {
    const { scheduleId, fireId, overlap, feedResult } = fire;
    return inTransaction(this.dataSource, async (manager) => {
      await lockSchedule(manager, scheduleId, now);
      const known = await findFire(manager, fireId);
      if (known !== undefined) return { answer: known, fresh: false, stored: nothingStored, callbacksDue: false };
      const stored = overlap === 'cancelPrevious' ? await cancelOpen(manager, scheduleId, now) : nothingStored;
      const before = await newestOpen(manager, scheduleId);
      if (before !== undefined && overlap === 'skip') return { ...(await skip(manager, fireId, before, now)), stored };
      const previousResult = feedResult && before === undefined ? await resultFed(manager, scheduleId) : null;
      const newest = await newestTask(manager, scheduleId);
      const place = { ...(before === undefined ? {} : { afterTaskId: before }), ...(newest === null ? {} : { newestTaskId: newest }) };
      const made = make({ scheduleId, fireId, feedResult, previousResult, ...place });
      await lockForSuperseding(manager, [made]);
      const callbacksDue = await insertTasks(manager, [made], this.secrets);
      await manager.query('INSERT INTO schedule_open_tasks (schedule_id, task_id) VALUES (?, ?)', [scheduleId, made.task.id]);
      const superseded = [...(await supersede(manager, [made])).values()];
      const reason = before === undefined ? null : waitMessage(before);
      return {
        answer: { outcome: 'created', taskId: made.task.id, reason },
        fresh: true,
        stored: mergeStored([stored, ...superseded]),
        callbacksDue,
      };
    });
  }
}

const lockSchedule = (manager: EntityManager, scheduleId: string, now: Date): Promise<unknown> =>
  manager.query('INSERT INTO schedule_locks (schedule_id, used_at) VALUES (?, ?) ON DUPLICATE KEY UPDATE used_at = VALUES(used_at)', [
    scheduleId,
    now,
  ]);

const findFire = async (manager: EntityManager, fireId: string): Promise<FireAnswer | undefined> => {
  const [task] = await manager.query<{ id: string; afterTaskId: string | null }[]>(
    'SELECT id, after_task_id afterTaskId FROM tasks WHERE fire_id = ?',
    [fireId],
  );
  if (task !== undefined) {
    return { outcome: 'created', taskId: task.id, reason: task.afterTaskId === null ? null : waitMessage(task.afterTaskId) };
  }
  const [skipped] = await manager.query<{ reason: string }[]>('SELECT reason FROM skipped_fires WHERE fire_id = ?', [fireId]);
  return skipped && { outcome: 'skipped', taskId: null, reason: skipped.reason };
};

const openTasks = async (manager: EntityManager, scheduleId: string): Promise<string[]> => {
  const rows = await manager.query<{ id: string }[]>(
    'SELECT task_id id FROM schedule_open_tasks WHERE schedule_id = ? ORDER BY task_id DESC',
    [scheduleId],
  );
  return rows.map(({ id }) => id);
};

const newestTask = async (manager: EntityManager, scheduleId: string): Promise<string | null> => {
  const [row] = await manager.query<{ id: string | null }[]>('SELECT MAX(id) id FROM tasks WHERE schedule_id = ?', [scheduleId]);
  return row?.id ?? null;
};

/** Locked, so that its end waits until the new task's waiting is written. */
const newestOpen = async (manager: EntityManager, scheduleId: string): Promise<string | undefined> => {
  for (const id of await openTasks(manager, scheduleId)) if (await lockIfOpen(manager, id)) return id;
  return undefined;
};

/** The newest first: what waits for another is not to begin when that one ends. */
const cancelOpen = async (manager: EntityManager, scheduleId: string, now: Date): Promise<Stored> => {
  const open = await openTasks(manager, scheduleId);
  const all: Stored[] = [];
  for (const taskId of open) {
    const runs = await lockRuns(manager, 'r.task_id = ? AND r.state IN (?) ORDER BY r.id', [taskId, openStates]);
    const reason = reasonAt('SUPERSEDED', 'the next task of its schedule was due before it started', now);
    for (const run of runs) cancelRun(run, reason, now);
    all.push(await storeRuns(manager, runs, now));
  }
  return mergeStored(all);
};

const skip = async (manager: EntityManager, fireId: string, before: string, now: Date): Promise<Omit<FireMade, 'stored'>> => {
  const [task] = await manager.query<{ status: string }[]>('SELECT status FROM tasks WHERE id = ?', [before]);
  const reason = `the task before, ${before}, is ${task?.status ?? 'open'}`;
  await manager.query('INSERT INTO skipped_fires (fire_id, reason, created_at) VALUES (?, ?, ?)', [fireId, reason, now]);
  return { answer: { outcome: 'skipped', taskId: null, reason }, fresh: true, callbacksDue: false };
};
