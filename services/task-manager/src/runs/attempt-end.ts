import type { RetryPolicy } from '@klevr/contracts/execution';
import type { Reason, TerminalStatus } from '@klevr/contracts/task';
import type { RetryTerms } from './retry-terms.js';
import { apply, hold, makeDue, wakeAtFor, type LoadedRun, type ReasonCode, type RunRow } from './run-row.js';
import { nextState, type RunEvent, type RunState } from './run-state.js';

/**
 * What follows the end of an attempt. Pure: the run is changed in memory.
 * Promises: another attempt follows only one that is known to have ended, as often as the policy says, after its pause; where none follows and a step was lost, the
 * task's recovery runs as an attempt of its own; else the last end stands.
 * Does not: know whether the attempt has ended; that is the caller's to say.
 */
export interface AttemptEnd {
  /** What it is for the run where nothing follows. */
  readonly event: RunEvent;
  readonly reason: Reason | null;
  /** When it ended, as far as anybody knows. */
  readonly at: Date;
  readonly now: Date;
}

type Retriable = RetryPolicy['on'][number];

/** The agent of the present attempt can be trusted to have ended it so long after its lease. */
export const fenceMarginMs = 5_000;
const defaultKillGraceSeconds = 5;

/** Answers what became of the run; undefined where the event changes nothing. */
export const endAttempt = (run: LoadedRun, { event, reason, at, now }: AttemptEnd): 'ended' | 'retried' | undefined => {
  const outcome = nextState(run.row.state, event);
  const pauseMs = outcome === undefined ? undefined : pauseAfter(run.row, outcome, reason);
  if (pauseMs === undefined || !retryFits(run.row, pauseMs, now)) {
    if (outcome === 'lost' && reason !== null && canRecover(run.row, reason, now)) {
      recoverLost(run, { reason, at, now });
      return 'retried';
    }
    return apply(run, event, at, reason) ? 'ended' : undefined;
  }
  followUp(run, { outcome: outcome as Retriable, reason, at, now, pauseMs });
  return 'retried';
};

/** Whether the end of the present attempt as `outcome` would be followed by another. */
export const isRetried = (row: RunRow, outcome: RunState, now: Date): boolean => {
  const pauseMs = pauseAfter(row, outcome, null);
  return pauseMs !== undefined && retryFits(row, pauseMs, now);
};

/** Undefined where the policy gives no further attempt. */
const pauseAfter = (row: RunRow, outcome: RunState, reason: Reason | null): number | undefined => {
  const { retry, retries, cancelRequestedAt, movable, waitCode, recoveryOf } = row;
  // With its journal the agent may have lost what it knew of processes that still run.
  if (reason?.code === 'JOURNAL_CHANGED') return undefined;
  // The recovery of what was lost is the last that is done.
  if (retry === null || recoveryOf !== null || cancelRequestedAt !== null || !retry.on.some((one) => one === outcome)) return undefined;
  if (retries + 1 >= retry.maxAttempts) return undefined;
  // The agent was told to stop and did, or was waited for long enough: where somebody else can take the work it need not wait any more.
  if (movable && (reason?.code === 'AGENT_STOPPED' || waitCode === 'AGENT_FENCED')) return 0;
  return pauseSeconds(retry, retries) * 1000;
};

/** 1, 2, 4, … times the first pause. */
export const pauseSeconds = ({ delaySeconds, maxDelaySeconds }: RetryTerms, retries: number): number =>
  Math.min(maxDelaySeconds, delaySeconds * 2 ** Math.min(retries, 40));

/** What could only begin after the deadline ends as it is. */
const retryFits = ({ deadlineAt }: RunRow, pauseMs: number, now: Date): boolean =>
  deadlineAt === null || now.getTime() + pauseMs < deadlineAt.getTime();

/** Its agent is there, and what it had begun is over: the task's recovery can run, once. */
const recoverable: ReadonlySet<ReasonCode> = new Set(['AGENT_CRASHED', 'AGENT_STOPPED', 'AGENT_ALONE']);

const canRecover = (row: RunRow, { code }: Reason, now: Date): boolean =>
  row.recovers && row.recoveryOf === null && row.cancelRequestedAt === null && recoverable.has(code) && retryFits(row, 0, now);

/** Another attempt that runs no step again. */
const recoverLost = (run: LoadedRun, { reason, at, now }: { reason: Reason; at: Date; now: Date }): void => {
  leaveAttempt(run, 'lost', reason, at);
  apply(run, 'retried', now);
  run.row.recoveryOf = { code: reason.code, message: reason.message };
  makeDue(run);
};

const followUp = (
  run: LoadedRun,
  { outcome, reason, at, now, pauseMs }: { outcome: Retriable; reason: Reason | null; at: Date; now: Date; pauseMs: number },
): void => {
  const { row } = run;
  leaveAttempt(run, outcome, reason, at);
  apply(run, 'retried', now);
  row.retries += 1;
  if (row.movable) row.agentId = null;
  if (pauseMs === 0) {
    makeDue(run);
    return;
  }
  const until = new Date(now.getTime() + pauseMs);
  const why = reason === null ? '' : ` (${reason.code}: ${reason.message})`;
  const message = `attempt ${row.attempt - 1} ended as ${outcome.replace('_', ' ')}${why}; the next one begins at ${until.toISOString()}`;
  hold(run, { code: 'RETRY_WAITS', message, since: now }, until);
};

/** The run goes on with the next number; what was the attempt's own is no longer the run's. */
export const leaveAttempt = (run: LoadedRun, outcome: TerminalStatus, reason: Reason | null, at: Date): void => {
  const { row } = run;
  const { id: runId, attempt, agentId, session, epoch, dispatchedAt, acceptedAt, startedAt, firstStep } = row;
  if (agentId !== null && session !== null && epoch !== null && dispatchedAt !== null) {
    const times = { sentAt: dispatchedAt, acceptedAt, startedAt, finishedAt: at };
    run.past.push({ runId, attempt, agentId, session, epoch, ...times, outcome, reason, firstStep });
  }
  row.attempt += 1;
  row.sendCount = 0;
  [row.session, row.epoch, row.journalId, row.notAfterAt, row.limitAt, row.leaseUntil] = [null, null, null, null, null, null];
  [row.dispatchedAt, row.acceptedAt, row.startedAt] = [null, null, null];
  run.changed = true;
};

/** Its agent is lost, and with it the word on the present attempt. */
export const loseSight = (run: LoadedRun, reason: Reason, now: Date): void => {
  const { row } = run;
  const fenced = row.movable && row.leaseUntil !== null;
  if (fenced && (row.cancelRequestedAt !== null || isRetried(row, 'lost', now))) {
    if (apply(run, 'outOfSight', now)) holdFenced(run, reason.message, now);
  } else if (!fenced && row.acceptedAt !== null && isRetried(row, 'lost', now)) {
    if (apply(run, 'outOfSight', now))
      hold(run, { code: 'AGENT_OFFLINE', message: `${reason.message}; it is waited for`, since: now }, null);
  } else {
    apply(run, 'fateUnknown', now, reason);
  }
};

/** Until when an agent that hears nothing more may have an attempt that it can accept until `notAfterMs`; null where no other agent may take over. */
export const leaseAfter = ({ movable, retry, leaseUntil }: RunRow, notAfterMs: number): Date | null =>
  movable && retry !== null ? new Date(Math.max(leaseUntil?.getTime() ?? 0, notAfterMs + retry.aloneSeconds * 1000)) : null;

/** When the agent that held the lease has surely ended the attempt by itself. */
export const fencedUntil = ({ leaseUntil, killGraceSeconds }: RunRow, now: Date): Date =>
  new Date((leaseUntil ?? now).getTime() + (killGraceSeconds ?? defaultKillGraceSeconds) * 1000 + fenceMarginMs);

export const holdFenced = (run: LoadedRun, why: string, now: Date): void => {
  const until = fencedUntil(run.row, now);
  hold(run, { code: 'AGENT_FENCED', message: `${why}; it has ended the attempt by itself by ${until.toISOString()}`, since: now }, until);
};

/** Whether the present attempt may be under way at an agent that is not there. */
export const isOutOfSight = ({ state, acceptedAt, waitCode }: RunRow): boolean =>
  state === 'queued' && (acceptedAt !== null || waitCode === 'AGENT_FENCED');

/** So long after a lost agent came back, and then again and again, it is asked for: news of its next loss may have been older than its return. */
const askAgainMs = 60_000;

/** When to look at a run of an agent that came back. A limit of its own ends it in any case. */
export const wakeAtWhileThere = (row: RunRow, now: Date): Date | null =>
  wakeAtFor(row, row.limitAt === null ? new Date(now.getTime() + askAgainMs) : null);

/** The agent is back, and may have the attempt still: it goes on where it was seen last. Facts say what has become of it. */
export const regainSight = (run: LoadedRun, now: Date): void => {
  const { row } = run;
  if (row.acceptedAt === null) {
    // It was only sent, and may have been taken: the same attempt goes out again, of which an agent takes one, and its key is not given on.
    apply(run, 'claimed', now);
    row.due = false;
    row.wakeAt = now;
    return;
  }
  apply(run, row.startedAt === null ? 'accepted' : 'started', now);
  row.due = false;
  row.wakeAt = row.cancelRequestedAt === null ? wakeAtWhileThere(row, now) : wakeAtFor(row, row.cancelRequestedAt);
};

/** The time of a fence has come: the attempt is over for sure, unless its agent was heard of meanwhile. */
export const endFence = (run: LoadedRun, now: Date): void => {
  const { row } = run;
  if (fencedUntil(row, now) > now) {
    holdFenced(run, 'the agent is lost', now);
    return;
  }
  const since = row.leaseUntil?.toISOString() ?? '';
  if (row.cancelRequestedAt !== null) {
    const message = `canceled; its agent, not heard of since its lease ended at ${since}, has ended the attempt by itself`;
    apply(run, 'canceledAlone', now, { code: 'AGENT_ALONE', message, since: now.toISOString() });
    return;
  }
  const message = `the agent was not heard of, and its lease ended at ${since}`;
  endAttempt(run, { event: 'fateUnknown', reason: { code: 'AGENT_LOST', message, since: now.toISOString() }, at: now, now });
};
