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
  r.retry, r.kill_grace_seconds killGraceSeconds`;

type Flags = 'due' | 'resultStored' | 'movable' | 'logCut';
type RawRun = Omit<RunRow, Flags | 'retry'> & Record<Flags, number> & { retry: unknown };

const fromRaw = (raw: RawRun): RunRow => ({
  ...raw,
  due: raw.due === 1,
  resultStored: raw.resultStored === 1,
  movable: raw.movable === 1,
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

/** What never changes stands first; an upsert needs it all the same. */
const fixed = ['id', 'task_id', 'zone_id', 'target_kind', 'priority', 'timeout_seconds', 'deadline_at', 'created_at'];
const written = [
  ...['agent_id', 'state', 'due', 'attempt', 'epoch', 'session', 'journal_id', 'send_count', 'wake_at', 'not_after_at', 'limit_at'],
  ...['wait_code', 'wait_message', 'wait_since', 'cancel_requested_at', 'dispatched_at', 'accepted_at', 'started_at', 'finished_at'],
  ...['exit_code', 'reason', 'late_result', 'result_stored', 'log_count', 'log_bytes', 'lease_until', 'log_cut', 'retries', 'first_step'],
];

const plan: InsertPlan = {
  table: 'runs',
  columns: [...fixed, ...written, 'output'],
  onDuplicate: [...written.map((name) => `${name} = VALUES(${name})`), 'output = COALESCE(VALUES(output), output)'].join(', '),
};

const toColumns = ({ row }: LoadedRun): SqlValue[] => [
  ...[row.id, row.taskId, row.zoneId, row.targetKind, row.priority, row.timeoutSeconds, row.deadlineAt, row.createdAt],
  ...[row.agentId, row.state, row.due, row.attempt, row.epoch, row.session, row.journalId, row.sendCount, row.wakeAt, row.notAfterAt],
  ...[row.limitAt, row.waitCode, row.waitMessage?.slice(0, 500) ?? null, row.waitSince, row.cancelRequestedAt, row.dispatchedAt],
  ...[row.acceptedAt, row.startedAt, row.finishedAt, row.exitCode, jsonOrNull(row.reason), jsonOrNull(row.lateResult), row.resultStored],
  ...[row.logCount, row.logBytes, row.leaseUntil, row.logCut, row.retries, row.firstStep, row.output],
];

const jsonOrNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** Runs that the caller has read under lock in this transaction: what they are compared with cannot have changed since. */
export const writeRuns = (manager: EntityManager, runs: readonly LoadedRun[]): Promise<void> =>
  insertRows(manager, plan, runs.map(toColumns));
