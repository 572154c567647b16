import { jsonValue } from '@klevr/persistence/columns';
import type { EntityManager } from 'typeorm';
import { insertRows, type InsertPlan, type SqlValue } from '../database/bulk.store.js';
import type { Reason } from '@klevr/contracts/task';
import type { RetryTerms } from './retry-terms.js';
import { loaded, type LoadedRun, type RunRow } from './run-row.js';

/** Reads and writes runs for the deciding code: read under lock in the order of ids, written in the same transaction, so the lock makes each write a compare-and-set. */
const columns = `r.id, r.task_id taskId, r.zone_id zoneId, r.agent_id agentId, r.target_kind targetKind, r.state, r.due, r.priority, r.attempt,
  r.epoch, r.session, r.journal_id journalId, r.send_count sendCount, r.wake_at wakeAt, r.not_after_at notAfterAt, r.limit_at limitAt,
  r.wait_code waitCode, r.wait_message waitMessage, r.wait_since waitSince, r.cancel_requested_at cancelRequestedAt,
  r.timeout_seconds timeoutSeconds, r.deadline_at deadlineAt, r.created_at createdAt, r.dispatched_at dispatchedAt, r.accepted_at acceptedAt,
  r.started_at startedAt, r.finished_at finishedAt, r.exit_code exitCode, NULL output, r.reason, r.late_result lateResult,
  r.result_stored resultStored, r.log_count logCount, r.log_bytes logBytes, r.batch_no batchNo, r.told, r.concurrency_key concurrencyKey, r.supersedes,
  r.execution, r.movable, r.lease_until leaseUntil, r.max_log_bytes maxLogBytes, r.log_cut logCut, r.retries, r.first_step firstStep,
  r.retry, r.kill_grace_seconds killGraceSeconds, r.recovers, r.recovery_of recoveryOf`;

type Flags = 'due' | 'resultStored' | 'movable' | 'logCut' | 'recovers';
type RawRun = Omit<RunRow, Flags | 'retry'> & Record<Flags, number> & { retry: unknown };

const fromRaw = (raw: RawRun): RunRow => ({
  ...raw,
  due: raw.due === 1,
  resultStored: raw.resultStored === 1,
  movable: raw.movable === 1,
  recovers: raw.recovers === 1,
  recoveryOf: raw.recoveryOf === null ? null : (jsonValue(raw.recoveryOf) as RunRow['recoveryOf']),
  logCut: raw.logCut === 1,
  epoch: raw.epoch === null ? null : Number(raw.epoch),
  logBytes: Number(raw.logBytes),
  reason: raw.reason === null ? null : (jsonValue(raw.reason) as Reason),
  lateResult: raw.lateResult === null ? null : jsonValue(raw.lateResult),
  retry: raw.retry === null ? null : (jsonValue(raw.retry) as RetryTerms),
});

/** `condition` is about `r`, e.g. `r.agent_id = ? AND r.state = 'queued' LIMIT 10`. Locks what it finds. */
export const lockRuns = async (manager: EntityManager, condition: string, parameters: readonly unknown[]): Promise<LoadedRun[]> => {
  const rows = await manager.query<RawRun[]>(`SELECT ${columns} FROM runs r WHERE ${condition} FOR UPDATE`, [...parameters]);
  return rows.map((raw) => loaded(fromRaw(raw)));
};

export const lockRunsById = async (manager: EntityManager, ids: readonly string[]): Promise<Map<string, LoadedRun>> => {
  if (ids.length === 0) return new Map();
  const runs = await lockRuns(manager, 'r.id IN (?) ORDER BY r.id', [ids]);
  return new Map(runs.map((run) => [run.row.id, run]));
};

/** Without a lock, for deciding what to lock. */
export const findRuns = async (manager: EntityManager, condition: string, parameters: readonly unknown[]): Promise<LoadedRun[]> => {
  const rows = await manager.query<RawRun[]>(`SELECT ${columns} FROM runs r WHERE ${condition}`, [...parameters]);
  return rows.map((raw) => loaded(fromRaw(raw)));
};

/** What never changes; an upsert needs it all the same. */
const fixed = {
  id: 'id',
  taskId: 'task_id',
  zoneId: 'zone_id',
  targetKind: 'target_kind',
  priority: 'priority',
  createdAt: 'created_at',
  state: 'state',
} as const satisfies Partial<Record<keyof RunRow, string>>;

const written = {
  agentId: 'agent_id',
  due: 'due',
  attempt: 'attempt',
  epoch: 'epoch',
  session: 'session',
  journalId: 'journal_id',
  sendCount: 'send_count',
  wakeAt: 'wake_at',
  notAfterAt: 'not_after_at',
  limitAt: 'limit_at',
  waitCode: 'wait_code',
  waitMessage: 'wait_message',
  waitSince: 'wait_since',
  cancelRequestedAt: 'cancel_requested_at',
  dispatchedAt: 'dispatched_at',
  acceptedAt: 'accepted_at',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  exitCode: 'exit_code',
  reason: 'reason',
  lateResult: 'late_result',
  resultStored: 'result_stored',
  logCount: 'log_count',
  logBytes: 'log_bytes',
  leaseUntil: 'lease_until',
  logCut: 'log_cut',
  retries: 'retries',
  firstStep: 'first_step',
  recoveryOf: 'recovery_of',
  /** It is not read, so there only where it is new. */
  output: 'output',
} as const satisfies Partial<Record<keyof RunRow, string>>;

type Written = keyof typeof written;
const writtenKeys = Object.keys(written) as Written[];

const valueOf = (row: RunRow, key: keyof typeof fixed | Written): SqlValue => {
  if (key === 'reason' || key === 'lateResult' || key === 'recoveryOf') return row[key] === null ? null : JSON.stringify(row[key]);
  return key === 'waitMessage' ? (row.waitMessage?.slice(0, 500) ?? null) : row[key];
};

/**
 * Runs that the caller has read under lock in this transaction: what they are compared with cannot have changed since. Only the columns are written that are
 * another in some of them: most writes concern few, and the statement is what costs.
 */
export const writeRuns = (manager: EntityManager, runs: readonly LoadedRun[]): Promise<void> => {
  const changed = writtenKeys.filter((key) => runs.some(({ row, was }) => row[key] !== was[key]));
  const keys = [...(Object.keys(fixed) as (keyof typeof fixed)[]), ...changed];
  const updates = changed.map((key) =>
    key === 'output' ? 'output = COALESCE(VALUES(output), output)' : `${written[key]} = VALUES(${written[key]})`,
  );
  const plan: InsertPlan = {
    table: 'runs',
    columns: [...Object.values(fixed), ...changed.map((key) => written[key])],
    onDuplicate: ['state = VALUES(state)', ...updates].join(', '),
  };
  return insertRows(
    manager,
    plan,
    runs.map(({ row }) => keys.map((key) => valueOf(row, key))),
  );
};
