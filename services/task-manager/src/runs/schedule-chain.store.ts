import type { EntityManager } from 'typeorm';
import { resultFed } from './fed-result.store.js';
import type { TaskStart } from './run-events.js';
import { apply, makeDue, type LoadedRun } from './run-row.js';
import { lockRuns, writeRuns } from './runs.store.js';

/**
 * The tasks of one schedule that wait for each other.
 * Promises: a task that waits is released in the transaction that ends the last open one before it, in the order of their making; where the one that it waits for
 * is canceled, it waits for the next one before. Tasks of no schedule cost nothing here.
 * Locks: the runs of those that wait, then their tasks; the ended ones are locked by the caller, so nobody begins to wait for them meanwhile.
 */
export interface Chained {
  readonly taskId: string;
  readonly scheduleId: string;
}

export interface Released {
  readonly begun: readonly TaskStart[];
  readonly runs: readonly LoadedRun[];
}

interface WaitingTask {
  readonly id: string;
  readonly zoneId: string;
  readonly name: string;
  readonly scheduleId: string;
  readonly feedResult: number;
  readonly hasCallbacks: number;
}

/** These tasks have ended. */
export const leaveChain = async (manager: EntityManager, ended: readonly Chained[], now: Date): Promise<Released> => {
  if (ended.length === 0) return { begun: [], runs: [] };
  await manager.query('DELETE FROM schedule_open_tasks WHERE (schedule_id, task_id) IN (?)', [
    ended.map(({ scheduleId, taskId }) => [scheduleId, taskId]),
  ]);
  const endedIds = ended.map(({ taskId }) => taskId);
  const next = await manager.query<{ id: string }[]>(`SELECT id FROM tasks WHERE after_task_id IN (?) AND status = 'scheduled'`, [
    endedIds,
  ]);
  if (next.length === 0) return { begun: [], runs: [] };
  const ids = next.map(({ id }) => id);
  const held = await lockRuns(manager, `r.task_id IN (?) AND r.state = 'scheduled' AND r.wait_code = 'PREVIOUS_OPEN' ORDER BY r.id`, [ids]);
  const waiting = await manager.query<WaitingTask[]>(
    `SELECT id, zone_id zoneId, name, schedule_id scheduleId, feed_result feedResult, has_callbacks hasCallbacks
     FROM tasks WHERE id IN (?) AND after_task_id IN (?) AND status = 'scheduled' ORDER BY id FOR UPDATE`,
    [ids, endedIds],
  );
  const begun: TaskStart[] = [];
  const runs: LoadedRun[] = [];
  for (const task of waiting) {
    const before = await openBefore(manager, task);
    if (before === undefined) {
      const ofTask = held.filter(({ row }) => row.taskId === task.id);
      await release(manager, task, ofTask, now);
      runs.push(...ofTask);
      begun.push({ ...task, hasCallbacks: task.hasCallbacks === 1, status: 'running', reason: null });
    } else {
      await waitFor(manager, task.id, before);
    }
  }
  return { begun, runs };
};

/** The newest task of the schedule before this one that is open, locked: its end waits until this one's waiting is written. */
const openBefore = async (manager: EntityManager, { id, scheduleId }: WaitingTask): Promise<string | undefined> => {
  const open = await manager.query<{ id: string }[]>(
    'SELECT task_id id FROM schedule_open_tasks WHERE schedule_id = ? AND task_id < ? ORDER BY task_id DESC',
    [scheduleId, id],
  );
  for (const one of open) if (await lockIfOpen(manager, one.id)) return one.id;
  return undefined;
};

export const lockIfOpen = async (manager: EntityManager, taskId: string): Promise<boolean> =>
  (await manager.query<unknown[]>('SELECT 1 FROM tasks WHERE id = ? AND finished_at IS NULL FOR UPDATE', [taskId])).length > 0;

export const waitMessage = (taskId: string): string => `waits for the end of ${taskId}`;

const waitFor = async (manager: EntityManager, taskId: string, before: string): Promise<void> => {
  await manager.query('UPDATE tasks SET after_task_id = ? WHERE id = ?', [before, taskId]);
  await manager.query(`UPDATE runs SET wait_message = ? WHERE task_id = ? AND wait_code = 'PREVIOUS_OPEN'`, [waitMessage(before), taskId]);
};

const release = async (manager: EntityManager, task: WaitingTask, runs: readonly LoadedRun[], now: Date): Promise<void> => {
  const previous = task.feedResult === 1 ? await resultFed(manager, task.scheduleId, task.id) : null;
  await manager.query(`UPDATE tasks SET status = 'running', reason = NULL, previous_result = IFNULL(?, previous_result) WHERE id = ?`, [
    previous,
    task.id,
  ]);
  for (const run of runs) {
    apply(run, 'released', now);
    makeDue(run);
  }
  await writeRuns(manager, runs);
};
