import type { Reason, RunStatus, TerminalStatus } from '@klevr/contracts/task';
import { jsonValue } from '@klevr/persistence/columns';
import type { EntityManager } from 'typeorm';
import { settleBatches } from '../batches/settle-batches.store.js';
import { updateRows, type SqlValue } from '../database/bulk.store.js';
import type { TaskEnd, TaskStart } from './run-events.js';
import type { LoadedRun } from './run-row.js';
import type { RunState } from './run-state.js';
import { leaveChain } from './schedule-chain.store.js';
import { endReason, worstOf, type EndCounts } from './task-status.js';

interface TaskRow {
  id: string;
  zoneId: string;
  name: string;
  totalRuns: number;
  openRuns: number;
  hasCallbacks: number;
  status: RunStatus;
  scheduleId: string | null;
}

export interface Settled {
  readonly ends: readonly TaskEnd[];
  /** Tasks of which the first runs may be sent now. */
  readonly begun: readonly TaskStart[];
  /** Runs of tasks that waited for the end of one of these. */
  readonly successors: readonly LoadedRun[];
  /** When somebody has to decide on the next batch of one. */
  readonly batchAt: Date | null;
}

/**
 * Makes the statuses of tasks fit their runs, which are written already.
 * Promises: a task is `scheduled` until the first of its runs is released, then `running` while one is open, then the worst of their ends.
 * Locks: the tasks, in the order of their ids; then those that waited for one that has ended.
 */
export const settleTasks = async (
  manager: EntityManager,
  ended: readonly LoadedRun[],
  released: readonly LoadedRun[],
  now: Date,
): Promise<Settled> => {
  if (ended.length === 0 && released.length === 0) return { ends: [], begun: [], successors: [], batchAt: null };
  const endsOf = new Map<string, LoadedRun[]>();
  for (const run of ended) {
    const known = endsOf.get(run.row.taskId);
    if (known === undefined) endsOf.set(run.row.taskId, [run]);
    else known.push(run);
  }
  const begins = new Set(released.map(({ row }) => row.taskId));
  const tasks = await manager.query<TaskRow[]>(
    `SELECT id, zone_id zoneId, name, total_runs totalRuns, open_runs openRuns, has_callbacks hasCallbacks, status, schedule_id scheduleId
     FROM tasks WHERE id IN (?) ORDER BY id FOR UPDATE`,
    [[...new Set([...endsOf.keys(), ...begins])]],
  );
  const left = tasks
    .filter(({ id, status }) => endsOf.has(id) || status === 'scheduled')
    .map((task) => ({ ...task, openRuns: task.openRuns - (endsOf.get(task.id)?.length ?? 0) }));
  const done = left.filter(({ openRuns }) => openRuns === 0);
  const counts = await countEnds(manager, done, endsOf);
  const ends = done.map((task): TaskEnd => ({ ...task, hasCallbacks: task.hasCallbacks === 1, ...judge(counts.get(task.id) ?? [], now) }));
  const begun = left
    .filter(({ id, status, openRuns }) => status === 'scheduled' && begins.has(id) && openRuns > 0)
    .map((task): TaskStart => ({ ...task, hasCallbacks: task.hasCallbacks === 1, status: 'running', reason: null }));
  await updateRows(manager, 'tasks', ['open_runs', 'status', 'reason', 'finished_at'], left.map(rowOf(ends, begins, now)));
  const batchAt = await settleBatches(manager, ended, new Set(ends.map(({ id }) => id)), now);
  const chained = done.flatMap(({ id, scheduleId }) => (scheduleId === null ? [] : [{ taskId: id, scheduleId }]));
  const next = await leaveChain(manager, chained, now);
  return { ends, begun: [...begun, ...next.begun], successors: next.runs, batchAt };
};

const rowOf = (ends: readonly TaskEnd[], begins: ReadonlySet<string>, now: Date) => {
  const endOf = new Map(ends.map((end) => [end.id, end]));
  return ({ id, openRuns, status }: TaskRow): [string, ...SqlValue[]] => {
    const end = endOf.get(id);
    if (end === undefined) return [id, openRuns, begins.has(id) ? 'running' : status, null, null];
    return [id, openRuns, end.status, end.reason === null ? null : JSON.stringify(end.reason), now];
  };
};

interface EndCount {
  readonly state: RunState;
  readonly count: number;
  readonly reason: Reason | null;
}

/** A task of one run needs no query: its end is the one at hand. */
const countEnds = async (
  manager: EntityManager,
  tasks: readonly TaskRow[],
  endsOf: ReadonlyMap<string, readonly LoadedRun[]>,
): Promise<Map<string, EndCount[]>> => {
  const counts = new Map<string, EndCount[]>();
  const many = tasks.filter((task) => task.totalRuns > 1);
  for (const task of tasks) {
    if (task.totalRuns > 1) continue;
    counts.set(
      task.id,
      (endsOf.get(task.id) ?? []).map(({ row }) => ({ state: row.state, count: 1, reason: row.reason })),
    );
  }
  if (many.length === 0) return counts;
  const rows = await manager.query<{ taskId: string; state: RunState; count: number | string; reason: unknown }[]>(
    `SELECT task_id taskId, state, COUNT(*) count, MIN(reason) reason FROM runs WHERE task_id IN (?) GROUP BY task_id, state`,
    [many.map((task) => task.id)],
  );
  for (const { taskId, state, count, reason } of rows) {
    const known = counts.get(taskId) ?? [];
    known.push({ state, count: Number(count), reason: reason === null ? null : (jsonValue(reason) as Reason) });
    counts.set(taskId, known);
  }
  return counts;
};

const judge = (ends: readonly EndCount[], now: Date): { status: TerminalStatus; reason: Reason | null } => {
  const counts: EndCounts = Object.fromEntries(ends.map(({ state, count }) => [state, count]));
  const status = worstOf(counts);
  const reason = ends.find((end) => end.state === status)?.reason ?? null;
  return { status, reason: endReason(counts, reason, now.toISOString()) };
};
