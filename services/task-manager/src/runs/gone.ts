import { leaveAttempt, loseSight } from './attempt-end.js';
import { apply, isBoundLate, makeDue, reasonAt, type LoadedRun, type ReasonCode, type RunRow } from './run-row.js';

/**
 * How a run ends that nobody will answer for any more: its agent or its zone is gone for good. Pure: the run is changed in memory.
 * Promises: what no command was ever signed for is `canceled`; of everything else nobody can say whether it ran, so it is `lost`.
 */
export interface Gone {
  readonly code: Extract<ReasonCode, 'AGENT_REMOVED' | 'ZONE_DELETED'>;
  /** "the agent was removed" */
  readonly what: string;
}

/** Of the present attempt no copy can be anywhere: none was signed, or the agent has refused it for good. */
export const neverSigned = ({ state, notAfterAt }: RunRow): boolean => state === 'scheduled' || (state === 'queued' && notAfterAt === null);

export const endGone = (run: LoadedRun, { code, what }: Gone, now: Date): void => {
  const { row } = run;
  if (!neverSigned(row)) apply(run, 'fateUnknown', now, reasonAt(code, `${what}: nobody can say whether the run ended`, now));
  else if (row.retries === 0) apply(run, 'canceledBeforeStart', now, reasonAt(code, `${what} before it started`, now));
  else apply(run, 'fateUnknown', now, reasonAt(code, `${what} while attempt ${row.attempt} was waited for`, now));
};

const agentRemoved: Gone = { code: 'AGENT_REMOVED', what: 'the agent was removed' };

/** Nothing of it can be under way, and its agent is just one of several that would do. */
export const mayGoElsewhere = (row: RunRow): boolean =>
  neverSigned(row) &&
  isBoundLate(row.targetKind) &&
  (row.attempt === 0 || row.movable) &&
  // What was lost is recovered from where it was.
  row.recoveryOf === null;

/**
 * Gives it to another agent, or to nobody for now. What was sent to the one before and never arrived there keeps its number: the lease that went with it is not the next
 * agent's, nor may anything that is still said of that attempt be taken for the next one's.
 */
export const goElsewhere = (run: LoadedRun, agentId: string | null, now: Date): void => {
  const { row } = run;
  if (row.agentId === agentId) return;
  const wasSent = row.agentId !== null && row.dispatchedAt !== null;
  if (wasSent) leaveAttempt(run, 'lost', reasonAt('AGENT_LOST', 'it never arrived at its agent, and goes to another', now), now);
  row.agentId = agentId;
  run.changed = true;
};

/** What had only been meant for the agent, as one of several that would do, goes to another; what another may take over waits until the agent has surely ended it. */
export const loseAgent = (run: LoadedRun, now: Date): void => {
  const { row } = run;
  if (mayGoElsewhere(row)) {
    goElsewhere(run, null, now);
    if (row.state === 'queued' && row.waitCode !== 'RETRY_WAITS') makeDue(run);
  } else if (row.movable && row.leaseUntil !== null && !neverSigned(row)) {
    loseSight(run, reasonAt(agentRemoved.code, agentRemoved.what, now), now);
  } else {
    endGone(run, agentRemoved, now);
  }
};
