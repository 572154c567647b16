import { jsonValue } from '@klevr/persistence/columns';
import type { EntityManager } from 'typeorm';
import { updateRows, type SqlValue, type UpdatePlan } from '../database/bulk.store.js';
import type { Reason } from '@klevr/contracts/task';
import { loaded, type LoadedRun, type RunRow } from './run-row.js';
import type { RunState } from './run-state.js';

/** Reads and writes runs for the deciding code: read under lock in the order of ids, write by compare-and-set on state and attempt. */
const columns = `r.id, r.task_id taskId, r.zone_id zoneId, r.agent_id agentId, r.target_kind targetKind, r.state, r.due, r.priority, r.attempt,
  r.epoch, r.session, r.journal_id journalId, r.send_count sendCount, r.wake_at wakeAt, r.not_after_at notAfterAt, r.limit_at limitAt,
  r.wait_code waitCode, r.wait_message waitMessage, r.wait_since waitSince, r.cancel_requested_at cancelRequestedAt,
  r.timeout_seconds timeoutSeconds, r.deadline_at deadlineAt, r.created_at createdAt, r.dispatched_at dispatchedAt, r.accepted_at acceptedAt,
  r.started_at startedAt, r.finished_at finishedAt, r.exit_code exitCode, NULL output, r.reason, r.late_result lateResult,
  r.result_stored resultStored, r.log_count logCount, r.log_bytes logBytes`;

type RawRun = Omit<RunRow, 'due' | 'resultStored'> & { due: number; resultStored: number };

const fromRaw = (raw: RawRun): RunRow => ({
  ...raw,
  due: raw.due === 1,
  resultStored: raw.resultStored === 1,
  epoch: raw.epoch === null ? null : Number(raw.epoch),
  logBytes: Number(raw.logBytes),
  reason: raw.reason === null ? null : (jsonValue(raw.reason) as Reason),
  lateResult: raw.lateResult === null ? null : jsonValue(raw.lateResult),
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

const ascii = (length: number): string => `VARCHAR(${length}) CHARACTER SET ascii COLLATE ascii_bin`;
const time = 'DATETIME(3)';

const written = {
  agent_id: ascii(36),
  state: ascii(24),
  due: 'BOOLEAN',
  attempt: 'INT',
  epoch: 'BIGINT',
  session: ascii(36),
  journal_id: ascii(36),
  send_count: 'INT',
  wake_at: time,
  not_after_at: time,
  limit_at: time,
  wait_code: 'VARCHAR(32)',
  wait_message: 'VARCHAR(500)',
  wait_since: time,
  cancel_requested_at: time,
  dispatched_at: time,
  accepted_at: time,
  started_at: time,
  finished_at: time,
  exit_code: 'INT',
  reason: 'LONGTEXT',
  late_result: 'LONGTEXT',
  result_stored: 'BOOLEAN',
  log_count: 'INT',
  log_bytes: 'BIGINT',
};

const plan: UpdatePlan = {
  table: 'runs',
  columns: { id: ascii(36), was_state: ascii(24), was_attempt: 'INT', output: 'MEDIUMTEXT', ...written },
  where: 'r.id = v.id AND r.state = v.was_state AND r.attempt = v.was_attempt',
  set: [...Object.keys(written).map((name) => `r.${name} = v.${name}`), 'r.output = COALESCE(v.output, r.output)'].join(', '),
};

const toColumns = ({ row, wasState, wasAttempt }: LoadedRun): Record<keyof typeof plan.columns, SqlValue> => ({
  id: row.id,
  was_state: wasState satisfies RunState,
  was_attempt: wasAttempt,
  output: row.output,
  agent_id: row.agentId,
  state: row.state,
  due: row.due,
  attempt: row.attempt,
  epoch: row.epoch,
  session: row.session,
  journal_id: row.journalId,
  send_count: row.sendCount,
  wake_at: row.wakeAt,
  not_after_at: row.notAfterAt,
  limit_at: row.limitAt,
  wait_code: row.waitCode,
  wait_message: row.waitMessage === null ? null : row.waitMessage.slice(0, 500),
  wait_since: row.waitSince,
  cancel_requested_at: row.cancelRequestedAt,
  dispatched_at: row.dispatchedAt,
  accepted_at: row.acceptedAt,
  started_at: row.startedAt,
  finished_at: row.finishedAt,
  exit_code: row.exitCode,
  reason: row.reason === null ? null : JSON.stringify(row.reason),
  late_result: row.lateResult === null ? null : JSON.stringify(row.lateResult),
  result_stored: row.resultStored,
  log_count: row.logCount,
  log_bytes: row.logBytes,
});

/** Answers how many of them were still as they had been read. */
export const writeRuns = (manager: EntityManager, runs: readonly LoadedRun[]): Promise<number> =>
  updateRows(manager, plan, runs.map(toColumns));
