import type { Reason } from '@klevr/contracts/task';
import { neverSigned } from './gone.js';
import { isOutOfSight } from './attempt-end.js';
import { apply, reasonAt, type LoadedRun } from './run-row.js';

/** What nobody can have got ends at once, for this reason; for the rest the agent is asked, until it or its hello has answered. */
export const cancelRun = (run: LoadedRun, reason: Reason, now: Date): void => {
  const { row } = run;
  if (neverSigned(row)) {
    apply(run, 'canceledBeforeStart', now, reason);
    return;
  }
  if (row.cancelRequestedAt !== null) return;
  const fenced = row.waitCode === 'AGENT_FENCED';
  if (isOutOfSight(row) && !fenced) {
    const message = 'to be canceled while its agent was lost: nobody can say whether the attempt still goes on';
    apply(run, 'fateUnknown', now, reasonAt('AGENT_LOST', message, now));
    return;
  }
  row.cancelRequestedAt = now;
  // Where its agent is lost nobody can be asked: then it ends with the fence.
  if (!fenced) row.wakeAt = now;
  run.changed = true;
};
