import type { Reason, TerminalStatus } from '@klevr/contracts/task';
import { jsonValue } from '@klevr/persistence/columns';
import type { OutboxMessage } from '@klevr/persistence/outbox';
import type { EntityManager } from 'typeorm';
import type { StepEnd } from '../callbacks/moments.js';
import { tell } from '../callbacks/tell.store.js';
import { updateRows, type SqlValue } from '../database/bulk.store.js';
import { resumeRuns, storePastAttempts } from './attempts.store.js';
import { runStatusEvent, taskStatusEvent, type TaskEnd } from './run-events.js';
import type { LoadedRun } from './run-row.js';
import { isEnded, isHeld, statusOf, type RunState } from './run-state.js';
import { endReason, worstOf, type EndCounts } from './task-status.js';
import { writeRuns } from './runs.store.js';

/**
 * The one place where a run's new state becomes true: the run itself, its task where that was the last one, the events in the outbox and the
 * callbacks that fall due, all in the caller's transaction.
 * Locks: the runs must be locked by the caller; the tasks are locked here, in the order of their ids.
 */
export interface Stored {
  /** Ends, for those who count. */
  readonly ended: readonly TerminalStatus[];
  /** How many wait in the outbox now: without any the relay need not look. */
  readonly events: number;
  readonly callbacksDue: boolean;
}

/** `steps`: those that ended with it, of these runs or others. */
export const storeRuns = async (
  manager: EntityManager,
  runs: readonly LoadedRun[],
  now: Date,
  steps: readonly StepEnd[] = [],
): Promise<Stored> => {
  const changed = runs.filter((run) => run.changed);
  if (changed.length === 0 && steps.length === 0) return { ended: [], events: 0, callbacksDue: false };
  await resumeRuns(manager, changed);
  await storePastAttempts(manager, changed);
  await writeRuns(manager, changed);
  const ended = changed.filter((run) => isEnded(run.row.state) && !isEnded(run.wasState));
  const tasks = await settleTasks(manager, ended, now);
  const events: OutboxMessage[] = [
    ...changed.filter(isTold).map((run) => runStatusEvent(run.row, now)),
    ...tasks.map((task) => taskStatusEvent(task, now)),
  ];
  const callbacksDue = await tell(manager, events, { changed, steps, ended: tasks }, now);
  return { ended: ended.flatMap(({ row }) => (isEnded(row.state) ? [row.state] : [])), events: events.length, callbacksDue };
};

/** That it was sent is no event: the next one follows in milliseconds, or the run tells why it waits. Going back to the queue is one where it had been accepted. */
const isTold = ({ row, wasState }: LoadedRun): boolean => {
  const [status, before] = [statusOf(row.state), statusOf(wasState)];
  if (status === 'queued') return isHeld(wasState);
  return status !== before && status !== 'dispatched';
};

interface TaskRow {
  id: string;
  zoneId: string;
  name: string;
  totalRuns: number;
  openRuns: number;
  hasCallbacks: number;
}

/** Takes the ended runs off their tasks' open ones; answers the tasks that have none left. */
const settleTasks = async (manager: EntityManager, ended: readonly LoadedRun[], now: Date): Promise<TaskEnd[]> => {
  if (ended.length === 0) return [];
  const endsOf = new Map<string, LoadedRun[]>();
  for (const run of ended) {
    const known = endsOf.get(run.row.taskId);
    if (known === undefined) endsOf.set(run.row.taskId, [run]);
    else known.push(run);
  }
  const tasks = await manager.query<TaskRow[]>(
    `SELECT id, zone_id zoneId, name, total_runs totalRuns, open_runs openRuns, has_callbacks hasCallbacks
     FROM tasks WHERE id IN (?) ORDER BY id FOR UPDATE`,
    [[...endsOf.keys()]],
  );
  const left = tasks.map((task) => ({ ...task, openRuns: task.openRuns - (endsOf.get(task.id)?.length ?? 0) }));
  const done = left.filter((task) => task.openRuns === 0);
  const counts = await countEnds(manager, done, endsOf);
  const results = done.map((task): TaskEnd => ({
    ...task,
    hasCallbacks: task.hasCallbacks === 1,
    ...judge(counts.get(task.id) ?? [], now),
  }));
  const resultOf = new Map(results.map((result) => [result.id, result]));
  const rows = left.map(({ id, openRuns }): [string, ...SqlValue[]] => {
    const result = resultOf.get(id);
    const reason = result?.reason ?? null;
    return [id, openRuns, result?.status ?? 'running', reason === null ? null : JSON.stringify(reason), result === undefined ? null : now];
  });
  await updateRows(manager, 'tasks', ['open_runs', 'status', 'reason', 'finished_at'], rows);
  return results;
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
