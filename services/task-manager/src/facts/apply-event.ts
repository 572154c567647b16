import type { EventFact } from '@klevr/contracts/fact';
import { endAttempt, leaveAttempt } from '../runs/attempt-end.js';
import { apply, hold, limitOf, makeDue, reasonAt, wakeAtFor, type LoadedRun, type RunRow } from '../runs/run-row.js';

/**
 * What one fact of the lane `events` does to its run. Pure: the run is changed in memory.
 * Promises: a fact that comes too late changes no state; the result it carries is kept beside. Does not: check whose fact it is.
 */
export interface StepChange {
  readonly runId: string;
  readonly attempt: number;
  readonly phase: 'step' | 'recovery';
  readonly index: number;
  readonly tries: number;
  readonly outcome: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly output: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** It did not succeed, and the next step runs all the same. */
  readonly continued: boolean;
}

export interface EventEffects {
  step?: StepChange;
  /** The key of the zone is not what we think. */
  staleEpoch?: boolean;
}

type FactOf<K extends EventFact['kind']> = Extract<EventFact, { kind: K }>;

/** These end an attempt, not the run. */
const passingRefusals = new Set(['STALE_EPOCH', 'WRONG_SESSION', 'EXPIRED', 'SPOOL_FULL']);
/** So many refusals in a row are answered at once; then a pause is made before each further attempt. */
const promptAttempts = 3;
const pauseMs = 5_000;
const cancelAgainMs = 1_000;

/** `journalId`: of the journal that tells it. */
export const applyEvent = (run: LoadedRun, fact: EventFact, journalId: string, now: Date): EventEffects => {
  const { row } = run;
  if (fact.kind === 'stepStarted' || fact.kind === 'stepFinished') return { step: stepChange(fact, row, now) };
  if (fact.attempt !== row.attempt) return lateFact(run, fact, now);
  const at = agentTime(fact.atMs, row.dispatchedAt ?? row.createdAt, now);
  switch (fact.kind) {
    case 'accepted':
      if (apply(run, 'accepted', at)) inHand(row, { acceptedAt: at }, now);
      return {};
    case 'started':
      if (apply(run, 'started', at)) inHand(row, { acceptedAt: row.acceptedAt ?? at, startedAt: at }, now);
      return {};
    case 'recovering':
      if (apply(run, 'recovering', at)) inHand(row, { acceptedAt: row.acceptedAt ?? at, startedAt: row.startedAt ?? at }, now);
      return {};
    case 'finished':
      return finished(run, fact, at, now);
    case 'refused':
      // Another journal than the one that it was sent to cannot know that it never started: the hello that told of it says what follows.
      return row.journalId !== null && row.journalId !== journalId ? {} : refused(run, fact, now);
  }
};

const inHand = (row: RunRow, times: Partial<Pick<RunRow, 'acceptedAt' | 'startedAt'>>, now: Date): void => {
  Object.assign(row, times);
  row.due = false;
  row.limitAt = limitOf(row, now);
  row.wakeAt = wakeAtFor(row, row.cancelRequestedAt === null ? null : new Date(now.getTime() + cancelAgainMs));
};

const finished = (run: LoadedRun, fact: FactOf<'finished'>, at: Date, now: Date): EventEffects => {
  const { row } = run;
  const reason = fact.reason === null ? null : reasonAt(fact.reason.code, clean(fact.reason.message, 2_000), at);
  const became = endAttempt(run, { event: `finished:${fact.status}`, reason, at, now });
  if (became === undefined) return lateFact(run, fact, now);
  if (became === 'retried') return {};
  row.acceptedAt ??= fact.status === 'canceled' ? null : at;
  row.exitCode = int32(fact.exitCode);
  row.output = fact.output;
  row.resultStored = true;
  return {};
};

/** The state stays as it is; a result is kept once. */
const lateFact = (run: LoadedRun, fact: EventFact, now: Date): EventEffects => {
  const { row } = run;
  if (fact.kind !== 'finished' || row.resultStored) return {};
  const { attempt, status, exitCode, output, reason, atMs } = fact;
  const toldAt = agentTime(atMs, row.createdAt, now).toISOString();
  row.lateResult = { attempt, status, exitCode, output, reason, finishedAt: toldAt, receivedAt: now.toISOString() };
  if (attempt === row.attempt) row.resultStored = true;
  run.changed = true;
  return {};
};

const refused = (run: LoadedRun, fact: FactOf<'refused'>, now: Date): EventEffects => {
  const { row } = run;
  if (row.state !== 'queued' && row.state !== 'dispatched') return {};
  if (row.cancelRequestedAt !== null || fact.code === 'CANCELED') {
    apply(run, 'canceledBeforeStart', now, reasonAt('CANCELED_BY_USER', 'canceled before it started', now));
    return {};
  }
  const detail = `${clean(fact.code, 40)}: ${clean(fact.detail, 400)}`;
  if (!passingRefusals.has(fact.code)) {
    apply(run, 'refusedForGood', now, reasonAt('REFUSED_BY_AGENT', detail, now));
    return {};
  }
  // The agent keeps a tombstone for the refused attempt, so a new one cannot overlap it.
  apply(run, 'notStarted', now);
  leaveAttempt(run, 'failed', reasonAt('REFUSED_BY_AGENT', detail, now), now);
  if (row.attempt <= promptAttempts && fact.code !== 'SPOOL_FULL') makeDue(run);
  else hold(run, { code: 'REFUSED_BY_AGENT', message: detail, since: now }, new Date(now.getTime() + pauseMs));
  return { staleEpoch: fact.code === 'STALE_EPOCH' };
};

const stepChange = (fact: FactOf<'stepStarted'> | FactOf<'stepFinished'>, row: RunRow, now: Date): StepChange => {
  const { attempt, phase, index } = fact;
  const at = agentTime(fact.atMs, row.createdAt, now);
  const common = { runId: row.id, attempt, phase, index, tries: Math.min(fact.try, 1_000_000) };
  if (fact.kind === 'stepStarted') {
    return { ...common, outcome: 'running', exitCode: null, signal: null, output: null, startedAt: at, finishedAt: null, continued: false };
  }
  const { outcome, exitCode, signal, output, startedAtMs } = fact;
  const startedAt = startedAtMs === null ? null : agentTime(startedAtMs, row.createdAt, now);
  const end = { outcome, exitCode: int32(exitCode), signal: signal && clean(signal, 32), output, startedAt, finishedAt: at };
  return { ...common, ...end, continued: fact.continued === true };
};

/** The agent's idea of the centre's time, kept within what is possible. */
const agentTime = (atMs: number, earliest: Date, now: Date): Date => new Date(Math.min(now.getTime(), Math.max(earliest.getTime(), atMs)));

const int32 = (value: number | null): number | null => (value === null || Math.abs(value) > 2_147_483_647 ? null : value);

const clean = (text: string, length: number): string => text.toWellFormed().slice(0, length);
