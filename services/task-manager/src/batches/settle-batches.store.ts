import type { EntityManager } from 'typeorm';
import { updateRows, type SqlValue } from '../database/bulk.store.js';
import type { LoadedRun } from '../runs/run-row.js';

interface BatchRow {
  readonly id: string;
  readonly current: number;
  readonly total: number;
  readonly open: number | null;
  readonly state: string;
  readonly nextAt: Date | null;
  readonly stopReason: string | null;
}

/**
 * Counts what is open of the batch under way, in the transaction that ends runs.
 * Promises: with the last run of a batch its task is marked to be judged (`batch_next_at`), so that no crash forgets it; where the whole task has
 * ended, its batches are done or stopped. Costs nothing where no run belongs to a batch. Answers when the first of the tasks wants to be judged.
 * Does not: decide; see BatchesService. The tasks must be locked by the caller.
 */
export const settleBatches = async (
  manager: EntityManager,
  ended: readonly LoadedRun[],
  endedTasks: ReadonlySet<string>,
  now: Date,
): Promise<Date | null> => {
  const batched = ended.filter(({ row }) => row.batchNo > 0);
  if (batched.length === 0) return null;
  const rows = await manager.query<BatchRow[]>(
    `SELECT id, batch_current current, batch_total total, batch_open open, batch_state state, batch_next_at nextAt, batch_stop_reason stopReason
     FROM tasks WHERE id IN (?)`,
    [[...new Set(batched.map(({ row }) => row.taskId))]],
  );
  const next = rows.map((task) => after(task, batched, endedTasks.has(task.id), now));
  const columns = ['batch_open', 'batch_state', 'batch_next_at', 'batch_stop_reason'];
  const values = next.map(({ id, open, state, nextAt, stopReason }): [string, ...SqlValue[]] => [id, open, state, nextAt, stopReason]);
  await updateRows(manager, 'tasks', columns, values);
  return next.some(({ nextAt }) => nextAt === now) ? now : null;
};

const after = (task: BatchRow, ended: readonly LoadedRun[], isOver: boolean, now: Date): BatchRow => {
  const open = (task.open ?? 0) - ended.filter(({ row }) => row.taskId === task.id && row.batchNo === task.current).length;
  if (isOver) {
    const stopped = task.state === 'stopped' || task.current < task.total;
    const stopReason = stopped ? (task.stopReason ?? 'what was left of it ended before its batch began') : null;
    return { ...task, open: 0, state: stopped ? 'stopped' : 'done', nextAt: null, stopReason };
  }
  return { ...task, open, nextAt: open === 0 && task.state === 'running' ? now : task.nextAt };
};
