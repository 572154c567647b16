import { RetryPolicy } from '@klevr/contracts/execution';
import type { RetryTerms } from './retry-terms.js';
import { loaded, type LoadedRun, type RunRow } from './run-row.js';

export const t0 = new Date('2026-01-01T00:00:00.000Z');
export const after = (seconds: number): Date => new Date(t0.getTime() + seconds * 1000);

/** A run of one agent, queued and due. */
export const runOf = (changes: Partial<RunRow> = {}): LoadedRun =>
  loaded({
    id: 'run_1',
    taskId: 'task_1',
    zoneId: 'zone_1',
    targetKind: 'agent',
    priority: 0,
    timeoutSeconds: 60,
    deadlineAt: null,
    createdAt: t0,
    agentId: 'agt_1',
    state: 'queued',
    attempt: 0,
    epoch: null,
    session: null,
    journalId: null,
    due: true,
    sendCount: 0,
    wakeAt: null,
    notAfterAt: null,
    limitAt: null,
    waitCode: null,
    waitMessage: null,
    waitSince: null,
    cancelRequestedAt: null,
    dispatchedAt: null,
    acceptedAt: null,
    startedAt: null,
    finishedAt: null,
    exitCode: null,
    output: null,
    reason: null,
    lateResult: null,
    resultStored: false,
    batchNo: 0,
    concurrencyKey: null,
    supersedes: null,
    execution: 'atMostOnce',
    movable: false,
    maxLogBytes: 10_485_760,
    told: 0,
    killGraceSeconds: null,
    retry: null,
    recovers: false,
    recoveryOf: null,
    leaseUntil: null,
    logCut: false,
    retries: 0,
    firstStep: 0,
    logCount: 0,
    logBytes: 0,
    ...changes,
  });

/** The same after its first command has left. */
export const sentRun = (changes: Partial<RunRow> = {}): LoadedRun =>
  runOf({
    ...{ state: 'dispatched', due: false, attempt: 1, sendCount: 1, epoch: 5, session: 'ses_1', journalId: 'jrn_1' },
    ...{ dispatchedAt: t0, notAfterAt: after(30), wakeAt: after(1) },
    ...changes,
  });

/** Of a run of `atLeastOnce`, as they are where nothing is said. */
export const retryTerms: RetryTerms = { ...RetryPolicy.parse({}), resumable: false, steps: 1 };
