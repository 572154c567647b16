import { endFence, isOutOfSight, wakeAtWhileThere } from '../runs/attempt-end.js';
import { apply, makeDue, overdueGraceMs, reasonAt, wakeAtFor, type LoadedRun, type RunRow } from '../runs/run-row.js';

/** What becomes of a run whose time has come. Pure: the run is changed in memory. */
const cancelAgainMs = 5_000;

/** A cancel is to be sent to its agent; or its agent is to be asked for: it was lost, came back, and nobody may have told since that it is lost again. */
export type SweptFor = 'cancel' | 'agent' | undefined;

export const sweepRun = (run: LoadedRun, now: Date): SweptFor => {
  const { row } = run;
  if (row.state === 'scheduled' || row.state === 'queued') {
    nextOrNever(run, now);
    return undefined;
  }
  if (row.limitAt !== null && row.limitAt <= now) {
    apply(run, 'overdue', now, reasonAt(...overdue(row, now), now));
    return undefined;
  }
  run.changed = true;
  if (row.cancelRequestedAt !== null) {
    row.wakeAt = wakeAtFor(row, new Date(now.getTime() + cancelAgainMs));
    return 'cancel';
  }
  row.wakeAt = wakeAtWhileThere(row, now);
  return row.limitAt === null ? 'agent' : undefined;
};

/** Its time has come: the one that it waits for, or its deadline. What waits for something else has no time but its deadline. */
const nextOrNever = (run: LoadedRun, now: Date): void => {
  const { row } = run;
  if (row.deadlineAt !== null && row.deadlineAt <= now) {
    apply(run, 'deadlinePassed', now, reasonAt('DEADLINE_PASSED', `its deadline passed ${whileWhat(row)}`, now));
  } else if (row.waitCode === 'AGENT_FENCED') {
    endFence(run, now);
  } else if (isOutOfSight(row)) {
    row.wakeAt = wakeAtFor(row, null);
    run.changed = true;
  } else {
    if (row.state === 'scheduled') apply(run, 'released', now);
    makeDue(run);
  }
};

const whileWhat = (row: RunRow): string => {
  if (isOutOfSight(row)) return 'while its agent was lost';
  return row.retries === 0 ? 'before it started' : `before attempt ${row.attempt} started`;
};

const overdue = ({ deadlineAt }: RunRow, now: Date): ['DEADLINE_PASSED' | 'RUN_TIMED_OUT', string] => {
  const code = deadlineAt !== null && deadlineAt.getTime() + overdueGraceMs <= now.getTime() ? 'DEADLINE_PASSED' : 'RUN_TIMED_OUT';
  return [code, 'it should have ended by now, and its agent says nothing'];
};
