import type { KnownAttempt, Verdict } from '@klevr/contracts/presence';
import { endAttempt, isOutOfSight, regainSight } from '../runs/attempt-end.js';
import { apply, makeDue, reasonAt, wakeUp, type LoadedRun, type ReasonCode, type RunRow } from '../runs/run-row.js';
import { isEnded } from '../runs/run-state.js';

/**
 * What an agent's hello means for its runs, and what it shall do with each attempt that it knows. Pure: runs are changed in memory.
 * Promises: nothing is sent again unless the agent's own journal, the one that the attempt was sent under, does not know it. What another journal
 * may have known is `lost` for good. Of what the same one does not know another attempt follows where the policy says so: an agent ends what its former life has
 * left before it says hello.
 * No pause before an attempt is cut short.
 */
export interface HelloTold {
  readonly journalId: string;
  readonly attempts: readonly KnownAttempt[];
  /** The session was known already: the process lives on, and what it told may be older than what its facts said since. */
  readonly sameSession: boolean;
}

export const judgeHello = (told: HelloTold, open: readonly LoadedRun[], ended: readonly LoadedRun[], now: Date): Verdict[] => {
  const known = new Map(told.attempts.map(({ runId, attempt, state }) => [keyOf(runId, attempt), state]));
  const runs = new Map([...ended, ...open].map((run) => [run.row.id, run]));
  for (const run of open) {
    const { row } = run;
    if (row.state === 'scheduled') continue;
    const state = known.get(keyOf(row.id, row.attempt));
    if (isOutOfSight(row)) seenAgain(run, state, told, now);
    else if (row.state === 'queued' && !mayBeInAnother(row, told)) wakeUp(run);
    else if (state === undefined) unknownToAgent(run, told, now);
  }
  return told.attempts.map((attempt) => ({
    runId: attempt.runId,
    attempt: attempt.attempt,
    verdict: verdictOn(attempt, runs.get(attempt.runId)),
  }));
};

const keyOf = (runId: string, attempt: number): string => `${runId}/${attempt}`;

/** A copy that went to this process may have been taken after it had said that it knows nothing of it; and then it lost its journal. */
const mayBeInAnother = ({ notAfterAt, journalId }: RunRow, told: HelloTold): boolean =>
  notAfterAt !== null && journalId !== null && journalId !== told.journalId;

/** What has finished there ends with its facts, which come as well. */
const seenAgain = (run: LoadedRun, state: KnownAttempt['state'] | undefined, told: HelloTold, now: Date): void => {
  const sameLife = told.sameSession && run.row.journalId === told.journalId;
  if (state === 'finished') return;
  if (state !== undefined || sameLife) regainSight(run, now);
  else unknownToAgent(run, told, now);
};

const unknownToAgent = (run: LoadedRun, told: HelloTold, now: Date): void => {
  const { row } = run;
  if (row.journalId !== null && row.journalId !== told.journalId) {
    lose(run, 'JOURNAL_CHANGED', 'the agent came back with another journal, which cannot know whether it ran', now);
  } else if (row.acceptedAt === null && (row.state === 'dispatched' || row.state === 'queued')) {
    neverArrived(run, told, now);
  } else if (!told.sameSession) {
    lose(run, 'AGENT_LOST', 'the agent came back and does not know the run that it had accepted', now);
  }
};

const lose = (run: LoadedRun, code: ReasonCode, message: string, now: Date): void => {
  endAttempt(run, { event: 'fateUnknown', reason: reasonAt(code, message, now), at: now, now });
};

/**
 * A definite not-started for another life of the process: what was signed for the old one is refused. In the same life a copy may still be on its way: it goes out
 * again and keeps its place and its key; of the same attempt the agent takes only one, and what is to be canceled is left to its tombstone.
 */
const neverArrived = (run: LoadedRun, told: HelloTold, now: Date): void => {
  const { row } = run;
  if (told.sameSession) {
    row.wakeAt = now;
    run.changed = true;
  } else if (row.cancelRequestedAt === null) {
    apply(run, 'notStarted', now);
    row.sendCount = 0;
    [row.notAfterAt, row.journalId] = [null, null];
    makeDue(run);
  } else {
    apply(run, 'canceledBeforeStart', now, reasonAt('CANCELED_BY_USER', 'canceled before it started', now));
  }
};

const verdictOn = (told: KnownAttempt, run: LoadedRun | undefined): Verdict['verdict'] => {
  const finished = told.state === 'finished';
  const gone = finished ? 'forget' : 'stop';
  if (run === undefined) return gone;
  const { row } = run;
  if (told.attempt !== row.attempt) return gone;
  if (finished) return row.resultStored ? 'forget' : 'sendResult';
  if (isEnded(row.state) || row.cancelRequestedAt !== null) return 'stop';
  return 'keep';
};
