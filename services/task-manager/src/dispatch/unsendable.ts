import type { Unsendable } from '../credentials/command-secrets.js';
import { apply, hold, reasonAt, voidGraceMs, type LoadedRun, type ReasonCode, type RunRow } from '../runs/run-row.js';
import { commandLifeMs } from './claim.js';

/**
 * What becomes of a claimed run that cannot be sent, for want of a secret or of a key to seal it to. Pure: the run is changed in memory.
 * Promises: only a run of which no copy can be on its way ends, or goes back into the line; a copy that was sent before is waited for until it is void.
 */

/** A key that is missing here may be there after the next start, or in another replica. */
const tryAgainMs = 30_000;

const codeOf = (why: Unsendable['why']): ReasonCode => (why === 'noKey' ? 'NO_SEALING_KEY' : 'CREDENTIAL_MISSING');

export const settleUnsendable = (run: LoadedRun, { why, message }: Pick<Unsendable, 'why' | 'message'>, now: Date): void => {
  const { row } = run;
  const code = codeOf(why);
  if (row.sendCount > 1 && !voidSince(run, now)) {
    // Looked at again when the claim would repeat it.
    return hold(run, { code, message, since: now }, row.wakeAt);
  }
  if (why === 'gone') return void apply(run, 'refusedForGood', now, reasonAt(code, message, now));
  apply(run, 'notStarted', now);
  if (row.sendCount === 1) neverSent(row);
  // A copy that was sent once is never forgotten: its agent may have taken it and be silent since.
  row.sendCount = row.sendCount === 1 ? 0 : 1;
  // The agent's next hello tells a key; of ours nobody tells.
  hold(run, { code, message, since: now }, why === 'locked' ? new Date(now.getTime() + tryAgainMs) : null);
};

/** Claimed only: it holds nothing of an attempt, and what another agent may do instead may go there. */
const neverSent = (row: RunRow): void => {
  [row.session, row.epoch, row.journalId, row.notAfterAt, row.leaseUntil, row.dispatchedAt] = [null, null, null, null, null, null];
  if (row.attempt === 1) row.attempt = 0;
};

/** Nothing was sent since it was found wanting, and what was sent before is void by now. */
const voidSince = ({ row }: LoadedRun, now: Date): boolean =>
  row.waitCode !== null && row.waitSince !== null && now.getTime() - row.waitSince.getTime() >= commandLifeMs + voidGraceMs;
