import type { Execution } from '@klevr/contracts/execution';
import type { Reason, reasonCodes } from '@klevr/contracts/task';
import type { PastAttempt, RetryTerms } from './retry-terms.js';
import { isEnded, nextState, type RunEvent, type RunState } from './run-state.js';

export type ReasonCode = (typeof reasonCodes)[number];

/** How the agent of a run is found: fixed when the task was made, or when it is sent. */
export type TargetKind = 'agent' | 'all' | 'any' | 'primary' | 'worker';

/** Its agent is one of several that would do, and is chosen when it is sent. */
export const isBoundLate = (kind: TargetKind): boolean => kind === 'any' || kind === 'primary' || kind === 'worker';

/** What a run is to the deciding code. What it only tells (output) is not loaded. */
export interface RunRow {
  readonly id: string;
  readonly taskId: string;
  readonly zoneId: string;
  readonly targetKind: TargetKind;
  readonly priority: number;
  /** Null: no limit. */
  readonly timeoutSeconds: number | null;
  readonly deadlineAt: Date | null;
  readonly createdAt: Date;
  /** From 1; 0 where the task has no batches. */
  readonly batchNo: number;
  readonly concurrencyKey: string | null;
  readonly supersedes: string | null;
  readonly execution: Execution;
  /** Another agent may take over once this one is known to have ended the attempt. */
  readonly movable: boolean;
  readonly maxLogBytes: number;
  /** What the callbacks of its task want to hear of, as bits; see `toldBits`. */
  readonly told: number;
  /** Null: the agent's own. */
  readonly killGraceSeconds: number | null;
  /** Of `atLeastOnce`: what follows an attempt that ended. */
  readonly retry: RetryTerms | null;
  /** Its task has recovery steps. */
  readonly recovers: boolean;
  agentId: string | null;
  state: RunState;
  /** 0 until it was sent for the first time. */
  attempt: number;
  epoch: number | null;
  session: string | null;
  /** The agent's journal at the time the attempt was first sent. */
  journalId: string | null;
  /** A queued run that is not due waits for an event (its agent's return, say), which makes it due. */
  due: boolean;
  /** How often the present attempt was sent. */
  sendCount: number;
  /** When the sweep must look at it next. */
  wakeAt: Date | null;
  /** Of the last command that was signed for it. */
  notAfterAt: Date | null;
  /** After this, silence means that it timed out. */
  limitAt: Date | null;
  waitCode: ReasonCode | null;
  waitMessage: string | null;
  waitSince: Date | null;
  cancelRequestedAt: Date | null;
  dispatchedAt: Date | null;
  acceptedAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  exitCode: number | null;
  /** Only where it is new. */
  output: string | null;
  reason: Reason | null;
  lateResult: unknown;
  /** The agent's own `finished` is stored, as the end or beside it. */
  resultStored: boolean;
  /** Until then its agent may hold the attempt without having heard from us. */
  leaseUntil: Date | null;
  logCut: boolean;
  /** Attempts that ended and were followed by another by the retry policy. */
  retries: number;
  /** The first step of the present attempt. */
  firstStep: number;
  /** Why the attempt before was lost, where the present one only recovers from that. */
  recoveryOf: { readonly code: ReasonCode; readonly message: string } | null;
  logCount: number;
  logBytes: number;
}

/** A loaded run together with what it was. */
export interface LoadedRun {
  readonly row: RunRow;
  /** Every part as it was. */
  readonly was: RunRow;
  changed: boolean;
  /** Attempts that ended now and are followed by another. */
  readonly past: PastAttempt[];
}

/** Since it was loaded. */
export const hasEnded = ({ row, was }: LoadedRun): boolean => isEnded(row.state) && !isEnded(was.state);

export const loaded = (row: RunRow): LoadedRun => ({ row, was: { ...row }, changed: false, past: [] });

/** How long beyond its own limit a run may be silent. */
export const overdueGraceMs = 30_000;
/** How long after its command became void an unaccepted attempt is believed never to be accepted. */
export const voidGraceMs = 5_000;

const later = (a: Date | null, b: Date | null): Date | null => (a === null ? b : b === null || a > b ? a : b);
const sooner = (a: Date | null, b: Date | null): Date | null => (a === null ? b : b === null || a < b ? a : b);

/** The last moment at which a dispatched run must be looked at because of its deadline. */
export const deadlineCheckAt = (row: RunRow): Date | null => {
  if (row.deadlineAt === null || row.state !== 'dispatched') return row.deadlineAt;
  return row.notAfterAt === null ? row.deadlineAt : later(row.deadlineAt, new Date(row.notAfterAt.getTime() + voidGraceMs));
};

/** When the sweep must look at the run, given when it should be sent (or its cancel repeated) again. */
export const wakeAtFor = (row: RunRow, again: Date | null): Date | null => {
  if (isEnded(row.state)) return null;
  if (row.state === 'scheduled' || row.state === 'queued' || row.state === 'dispatched') return sooner(again, deadlineCheckAt(row));
  return sooner(again, row.limitAt);
};

/** After this, silence means that the run timed out. The agent ends the steps at the deadline, its recovery only at the time-out. */
export const limitOf = ({ state, timeoutSeconds, deadlineAt, killGraceSeconds }: RunRow, now: Date): Date | null => {
  const graceMs = overdueGraceMs + (killGraceSeconds ?? 0) * 1000;
  const timeOut = timeoutSeconds === null ? null : new Date(now.getTime() + timeoutSeconds * 1000 + graceMs);
  if (deadlineAt === null || state === 'recovering') return timeOut;
  return sooner(timeOut, new Date(deadlineAt.getTime() + graceMs));
};

/** Applies an event; answers whether it changed the state. The reason of an end is the caller's. */
export const apply = (run: LoadedRun, event: RunEvent, at: Date, reason: Reason | null = null): boolean => {
  const to = nextState(run.row.state, event);
  if (to === undefined) return false;
  const { row } = run;
  row.state = to;
  run.changed = true;
  if (to !== 'queued') clearWait(row);
  if (isEnded(to)) {
    row.finishedAt = at;
    row.reason = reason;
    row.due = false;
  }
  row.wakeAt = wakeAtFor(row, null);
  return true;
};

/** Ready to be claimed as soon as there is a place. */
export const makeDue = (run: LoadedRun): void => {
  run.row.due = true;
  clearWait(run.row);
  run.row.wakeAt = wakeAtFor(run.row, null);
  run.changed = true;
};

/** Its agent takes work (again): what waits for that is due. A pause before another attempt is not cut short. */
export const wakeUp = (run: LoadedRun): void => {
  if (run.row.waitCode !== 'RETRY_WAITS') makeDue(run);
};

/** Waits for an event, or until `again`. */
export const hold = (run: LoadedRun, wait: { code: ReasonCode; message: string; since: Date }, again: Date | null): void => {
  const { row } = run;
  row.due = false;
  if (row.waitCode !== wait.code) row.waitSince = wait.since;
  row.waitCode = wait.code;
  row.waitMessage = wait.message;
  row.wakeAt = wakeAtFor(row, again);
  run.changed = true;
};

const clearWait = (row: RunRow): void => {
  row.waitCode = null;
  row.waitMessage = null;
  row.waitSince = null;
};

export const reasonAt = (code: ReasonCode, message: string, at: Date): Reason => ({ code, message, since: at.toISOString() });
