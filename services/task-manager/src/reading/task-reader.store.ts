import { AppError } from '@klevr/contracts/errors';
import type { Step } from '@klevr/contracts/step';
import type { TaskTarget } from '@klevr/contracts/target';
import type { CallbackFilter } from '@klevr/contracts/callback';
import type { CredentialUse } from '@klevr/contracts/credential';
import type { Execution, RetryPolicy } from '@klevr/contracts/execution';
import type { Reason, RunStatus, Task } from '@klevr/contracts/task';
import { jsonValue } from '@klevr/persistence/columns';
import { guarded } from '@klevr/persistence/database-errors';
import { idsByZone } from '@klevr/persistence/zone-pages';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { statusOf, type RunState } from '../runs/run-state.js';
import { isoOrNull, page, type Page } from './page.js';
import { RunReaderStore } from './run-reader.store.js';

interface TaskRow {
  id: string;
  name: string;
  zoneId: string;
  zoneName: string;
  target: unknown;
  steps: unknown;
  recovery: unknown;
  parameters: unknown;
  timeoutSeconds: number | null;
  execution: Execution;
  retryPolicy: unknown;
  resumable: number;
  concurrencyKey: string | null;
  supersedes: string | null;
  credentials: unknown;
  killGraceSeconds: number | null;
  maxLogBytes: number;
  scheduledAt: Date | null;
  scheduleId: string | null;
  retryOf: string | null;
  batchTotal: number;
  batchCurrent: number;
  batchState: BatchState | null;
  batchNextAt: Date | null;
  batchStopReason: string | null;
  deadlineAt: Date | null;
  priority: number;
  status: RunStatus;
  reason: unknown;
  totalRuns: number;
  createdBy: string;
  createdAt: Date;
  finishedAt: Date | null;
}

const columns = `id, name, zone_id zoneId, zone_name zoneName, target, steps, recovery, parameters, timeout_seconds timeoutSeconds,
  deadline_at deadlineAt, execution, retry_policy retryPolicy, resumable, concurrency_key concurrencyKey, supersedes, credentials,
  kill_grace_seconds killGraceSeconds, max_log_bytes maxLogBytes, scheduled_at scheduledAt, schedule_id scheduleId, retry_of retryOf,
  batch_total batchTotal, batch_current batchCurrent, batch_state batchState, batch_next_at batchNextAt, batch_stop_reason batchStopReason, priority, status, reason, total_runs totalRuns, created_by createdBy, created_at createdAt, finished_at finishedAt`;

type BatchState = NonNullable<Task['batches']>['state'];

const batchesOf = (row: TaskRow): Task['batches'] =>
  row.batchState === null
    ? null
    : {
        total: row.batchTotal,
        current: row.batchCurrent,
        state: row.batchState,
        nextAt: row.batchState === 'pausing' ? isoOrNull(row.batchNextAt) : null,
        stopReason: row.batchStopReason,
      };

type Counts = Partial<Record<RunStatus, number>>;
interface CallbackView {
  readonly id: string;
  readonly url: string;
  readonly on: CallbackFilter[];
}

export interface TaskQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Undefined for all. */
  readonly zoneIds?: readonly string[] | undefined;
  readonly status?: RunStatus | undefined;
  readonly scheduleId?: string | undefined;
  readonly agentId?: string | undefined;
}

/** Tasks as the API tells them. */
@Injectable()
export class TaskReaderStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunReaderStore,
  ) {}

  get(id: string, now: Date): Promise<Task> {
    return guarded(async () => {
      const rows = await this.dataSource.query<TaskRow[]>(`SELECT ${columns} FROM tasks WHERE id = ?`, [id]);
      const [task] = await this.complete(rows, now);
      if (task === undefined) throw new AppError('NOT_FOUND', 'There is no such task');
      return task;
    });
  }

  /** Those that there are, by id. */
  some(ids: readonly string[], now: Date): Promise<Map<string, Task>> {
    return guarded(async () => {
      if (ids.length === 0) return new Map<string, Task>();
      const rows = await this.dataSource.query<TaskRow[]>(`SELECT ${columns} FROM tasks WHERE id IN (?)`, [ids]);
      return new Map((await this.complete(rows, now)).map((task) => [task.id, task]));
    });
  }

  /** Newest first; the cursor is the last id of the page before. */
  list(query: TaskQuery, now: Date): Promise<Page<Task>> {
    const { limit, cursor, zoneIds, status, scheduleId, agentId } = query;
    if (zoneIds?.length === 0) return Promise.resolve({ items: [], nextCursor: null });
    const conditions: [string, unknown[]][] = [];
    if (cursor !== undefined) conditions.push(['id < ?', [cursor]]);
    if (status !== undefined) conditions.push(['status = ?', [status]]);
    if (scheduleId !== undefined) conditions.push(['schedule_id = ?', [scheduleId]]);
    if (agentId !== undefined) conditions.push(['id IN (SELECT task_id FROM runs WHERE agent_id = ?)', [agentId]]);
    // Few tasks are an agent's or a schedule's, and they are found by it.
    const apart = zoneIds !== undefined && zoneIds.length > 1 && scheduleId === undefined && agentId === undefined;
    if (zoneIds !== undefined && !apart) conditions.push(['zone_id IN (?)', [zoneIds]]);
    const ids = apart ? idsByZone({ table: 'tasks', zoneIds, and: conditions, order: 'DESC', limit: limit + 1 }) : undefined;
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
    return guarded(async () => {
      const rows = await (ids === undefined
        ? this.dataSource.query<TaskRow[]>(`SELECT ${columns} FROM tasks ${where} ORDER BY id DESC LIMIT ?`, [
            ...conditions.flatMap(([, values]) => values),
            limit + 1,
          ])
        : this.dataSource.query<TaskRow[]>(`SELECT ${columns} FROM (${ids.sql}) page JOIN tasks USING (id) ORDER BY id DESC`, ids.values));
      return page(await this.complete(rows, now), limit);
    });
  }

  private async complete(rows: readonly TaskRow[], now: Date): Promise<Task[]> {
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.id);
    const openIds = rows.filter((row) => row.status === 'running' || row.status === 'scheduled').map((row) => row.id);
    const [counts, callbacks, reasons] = await Promise.all([
      this.countRuns(ids),
      this.findCallbacks(ids),
      this.runs.firstWaitingReasons(openIds, now),
    ]);
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      zoneId: row.zoneId,
      zoneName: row.zoneName,
      target: jsonValue(row.target) as TaskTarget,
      steps: jsonValue(row.steps) as Step[],
      recovery: jsonValue(row.recovery) as Step[],
      parameters: jsonValue(row.parameters) as Record<string, unknown>,
      timeoutSeconds: row.timeoutSeconds,
      deadline: isoOrNull(row.deadlineAt),
      execution: row.execution,
      retryPolicy: row.retryPolicy === null ? null : (jsonValue(row.retryPolicy) as RetryPolicy),
      resumable: row.resumable === 1,
      concurrencyKey: row.concurrencyKey,
      supersedes: row.supersedes,
      credentials: row.credentials === null ? [] : (jsonValue(row.credentials) as CredentialUse[]),
      killGraceSeconds: row.killGraceSeconds,
      maxLogBytes: row.maxLogBytes,
      scheduledAt: isoOrNull(row.scheduledAt),
      scheduleId: row.scheduleId,
      retryOf: row.retryOf,
      batches: batchesOf(row),
      priority: row.priority,
      status: row.status,
      reason: row.reason === null ? (reasons.get(row.id) ?? null) : (jsonValue(row.reason) as Reason),
      runs: { total: row.totalRuns, byStatus: counts.get(row.id) ?? {} },
      callbacks: callbacks.get(row.id) ?? [],
      createdBy: row.createdBy,
      createdAt: row.createdAt.toISOString(),
      finishedAt: isoOrNull(row.finishedAt),
    }));
  }

  private async countRuns(taskIds: readonly string[]): Promise<Map<string, Counts>> {
    const rows = await this.dataSource.query<{ taskId: string; state: RunState; count: number | string }[]>(
      'SELECT task_id taskId, state, COUNT(*) count FROM runs WHERE task_id IN (?) GROUP BY task_id, state',
      [taskIds],
    );
    const counts = new Map<string, Counts>();
    for (const { taskId, state, count } of rows) {
      const known = counts.get(taskId) ?? {};
      known[statusOf(state)] = (known[statusOf(state)] ?? 0) + Number(count);
      counts.set(taskId, known);
    }
    return counts;
  }

  private async findCallbacks(taskIds: readonly string[]): Promise<Map<string, CallbackView[]>> {
    const rows = await this.dataSource.query<{ id: string; taskId: string; url: string; triggers: unknown }[]>(
      'SELECT id, task_id taskId, url, triggers FROM callbacks WHERE task_id IN (?) ORDER BY id',
      [taskIds],
    );
    const found = new Map<string, CallbackView[]>();
    for (const { id, taskId, url, triggers } of rows) {
      found.set(taskId, [...(found.get(taskId) ?? []), { id, url, on: jsonValue(triggers) as CallbackFilter[] }]);
    }
    return found;
  }
}
