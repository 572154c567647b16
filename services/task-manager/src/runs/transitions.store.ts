import type { OutboxMessage } from '@klevr/persistence/outbox';
import type { EntityManager } from 'typeorm';
import type { StepEnd } from '../callbacks/moments.js';
import { tell } from '../callbacks/tell.store.js';
import { resumeRuns, storePastAttempts } from './attempts.store.js';
import { runStatusEvent, taskStatusEvent } from './run-events.js';
import { hasEnded, type LoadedRun } from './run-row.js';
import { isEnded, isHeld, statusOf } from './run-state.js';
import { settleTasks } from './settle-tasks.store.js';
import { writeRuns } from './runs.store.js';
import { nothingStored, type Stored } from './stored.js';

/**
 * The one place where a run's new state becomes true: the run itself, its task where that was the last one, the events in the outbox and the
 * callbacks that fall due, all in the caller's transaction.
 * Locks: the runs must be locked by the caller; their tasks are locked here (see `settleTasks`).
 */
/** `steps`: those that ended with it, of these runs or others. */
export const storeRuns = async (
  manager: EntityManager,
  runs: readonly LoadedRun[],
  now: Date,
  steps: readonly StepEnd[] = [],
): Promise<Stored> => {
  const changed = runs.filter((run) => run.changed);
  if (changed.length === 0 && steps.length === 0) return nothingStored;
  await resumeRuns(manager, changed);
  await storePastAttempts(manager, changed);
  await writeRuns(manager, changed);
  const ended = changed.filter(hasEnded);
  const released = changed.filter((run) => run.was.state === 'scheduled' && !isEnded(run.row.state));
  const { ends, begun, successors, batchAt } = await settleTasks(manager, ended, released, now);
  const events: OutboxMessage[] = [
    ...[...changed.filter(isTold), ...successors].map((run) => runStatusEvent(run.row, now)),
    ...[...begun, ...ends].map((task) => taskStatusEvent(task, now)),
  ];
  const callbacksDue = await tell(manager, events, { changed, steps, ended: ends }, now);
  return {
    ended: ended.flatMap(({ row }) => (isEnded(row.state) ? [row.state] : [])),
    events: events.length,
    callbacksDue,
    dueZones: successors.map(({ row }) => row.zoneId),
    wakeAt: batchAt ?? soonest(changed),
  };
};

/** What was sent is looked at each second; what waits for a time is not to wait longer. */
const soonest = (runs: readonly LoadedRun[]): Date | null => {
  const times = runs.flatMap(({ row }) =>
    row.wakeAt !== null && !row.due && (row.state === 'queued' || row.state === 'scheduled') ? [row.wakeAt.getTime()] : [],
  );
  return times.length === 0 ? null : new Date(Math.min(...times));
};

/** That it was sent is no event: the next one follows in milliseconds, or the run tells why it waits. Going back to the queue is one where it had been accepted. */
const isTold = ({ row, was }: LoadedRun): boolean => {
  const [status, before] = [statusOf(row.state), statusOf(was.state)];
  if (status === 'queued') return isHeld(was.state);
  return status !== before && status !== 'dispatched';
};
