import type { Reason } from '@klevr/contracts/task';
import { neverSigned } from './gone.js';
import { apply, type LoadedRun } from './run-row.js';

/** What nobody can have got ends at once, for this reason; for the rest the agent is asked, until it or its hello has answered. */
export const cancelRun = (run: LoadedRun, reason: Reason, now: Date): void => {
  const { row } = run;
  if (neverSigned(row)) {
    apply(run, 'canceledBeforeStart', now, reason);
    return;
  }
  if (row.cancelRequestedAt !== null) return;
  row.cancelRequestedAt = now;
  row.wakeAt = now;
  run.changed = true;
};
