import { AppError } from '@klevr/contracts/errors';
import type { Reason, RunStatus, Step, Target, Task } from '@klevr/contracts/task';
import { jsonValue } from '@klevr/persistence/columns';
import { guarded } from '@klevr/persistence/database-errors';
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
  timeoutSeconds: number;
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
  deadline_at deadlineAt, priority, status, reason, total_runs totalRuns, created_by createdBy, created_at createdAt, finished_at finishedAt`;

type Counts = Partial<Record<RunStatus, number>>;
interface CallbackView {
  readonly url: string;
  readonly on: string[];
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

  /** Newest first; the cursor is the last id of the page before. */
  list(
    query: { limit: number; cursor?: string | undefined; zoneId?: string | undefined; status?: RunStatus | undefined },
    now: Date,
  ): Promise<Page<Task>> {
    const { limit, cursor, zoneId, status } = query;
    const conditions: [string, unknown[]][] = [];
    if (cursor !== undefined) conditions.push(['id < ?', [cursor]]);
    if (zoneId !== undefined) conditions.push(['zone_id = ?', [zoneId]]);
    if (status !== undefined) conditions.push(['status = ?', [status]]);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
    return guarded(async () => {
      const sql = `SELECT ${columns} FROM tasks ${where} ORDER BY id DESC LIMIT ?`;
      const rows = await this.dataSource.query<TaskRow[]>(sql, [...conditions.flatMap(([, values]) => values), limit + 1]);
      return page(await this.complete(rows, now), limit);
    });
  }

  private async complete(rows: readonly TaskRow[], now: Date): Promise<Task[]> {
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.id);
    const openIds = rows.filter((row) => row.status === 'running').map((row) => row.id);
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
      target: jsonValue(row.target) as Target,
      steps: jsonValue(row.steps) as Step[],
      recovery: jsonValue(row.recovery) as Step[],
      parameters: jsonValue(row.parameters) as Record<string, unknown>,
      timeoutSeconds: row.timeoutSeconds,
      deadline: isoOrNull(row.deadlineAt),
      execution: 'atMostOnce',
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
    const rows = await this.dataSource.query<{ taskId: string; url: string; triggers: unknown }[]>(
      'SELECT task_id taskId, url, triggers FROM callbacks WHERE task_id IN (?) ORDER BY id',
      [taskIds],
    );
    const found = new Map<string, CallbackView[]>();
    for (const { taskId, url, triggers } of rows) {
      found.set(taskId, [...(found.get(taskId) ?? []), { url, on: jsonValue(triggers) as string[] }]);
    }
    return found;
  }
}
