import { AppError } from '@klevr/contracts/errors';
import type { Attempt, Reason, Run, RunStatus } from '@klevr/contracts/task';
import { jsonValue } from '@klevr/persistence/columns';
import { guarded } from '@klevr/persistence/database-errors';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isEnded, statusOf, type RunState } from '../runs/run-state.js';
import { fitRun } from './fit-run.js';
import { isoOrNull, page, type Page } from './page.js';
import { StepReaderStore } from './step-reader.store.js';
import { WaitsStore, type Reasoned } from './waits.store.js';

interface Row extends Reasoned {
  id: string;
  taskId: string;
  zoneId: string;
  agentId: string | null;
  state: RunState;
  attempt: number;
  epoch: number | null;
  session: string | null;
  createdAt: Date;
  acceptedAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  exitCode: number | null;
  output: string | null;
  lateResult: unknown;
  batchNo: number;
  logCut: number;
  firstStep: number;
  recovering: number;
}

const columns = `id, task_id taskId, zone_id zoneId, agent_id agentId, state, due, concurrency_key concurrencyKey, deadline_at deadlineAt, attempt, epoch, session, wait_code waitCode,
  wait_message waitMessage, wait_since waitSince, wake_at wakeAt, cancel_requested_at cancelRequestedAt, created_at createdAt, dispatched_at dispatchedAt,
  accepted_at acceptedAt, started_at startedAt, finished_at finishedAt, exit_code exitCode, output, reason, late_result lateResult, batch_no batchNo, log_cut logCut,
  first_step firstStep, recovery_of IS NOT NULL recovering`;

/** Runs as the API tells them, with the reason of each wait. */
@Injectable()
export class RunReaderStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly steps: StepReaderStore,
    private readonly waits: WaitsStore,
  ) {}

  get(id: string, now: Date): Promise<Run> {
    return guarded(async () => {
      const [run] = await this.complete(await this.dataSource.query<Row[]>(`SELECT ${columns} FROM runs WHERE id = ?`, [id]), now);
      if (run === undefined) throw new AppError('NOT_FOUND', 'There is no such run');
      return run;
    });
  }

  /** In the order of their making; the cursor is the last id of the page before. */
  list(taskId: string, query: { limit: number; cursor?: string | undefined }, now: Date): Promise<Page<Run>> {
    const sql = `SELECT ${columns} FROM runs WHERE task_id = ? AND id > ? ORDER BY id LIMIT ?`;
    return guarded(async () => {
      const rows = await this.dataSource.query<Row[]>(sql, [taskId, query.cursor ?? '', query.limit + 1]);
      if (rows.length === 0 && query.cursor === undefined) throw new AppError('NOT_FOUND', 'There is no such task');
      return page(await this.complete(rows, now), query.limit);
    });
  }

  /** Those with these ids, and all of these tasks. */
  some({ ids, taskIds }: { ids: readonly string[]; taskIds: readonly string[] }, now: Date): Promise<Run[]> {
    const wanted: [string, readonly string[]][] = [
      ['id', ids],
      ['task_id', taskIds],
    ];
    const asked = wanted.filter(([, values]) => values.length > 0);
    if (asked.length === 0) return Promise.resolve([]);
    const sql = asked.map(([column]) => `SELECT ${columns} FROM runs WHERE ${column} IN (?)`).join(' UNION ');
    return guarded(async () => {
      const parameters = asked.map(([, values]) => values);
      return this.complete(await this.dataSource.query<Row[]>(`${sql} ORDER BY id`, parameters), now);
    });
  }

  /** By task: why its first waiting run waits. */
  async firstWaitingReasons(taskIds: readonly string[], now: Date): Promise<Map<string, Reason>> {
    if (taskIds.length === 0) return new Map();
    const sql = `SELECT ${columns} FROM runs WHERE id IN
      (SELECT MIN(id) FROM runs WHERE task_id IN (?) AND state IN ('scheduled', 'queued', 'dispatched') GROUP BY task_id)`;
    const rows = await this.dataSource.query<Row[]>(sql, [taskIds]);
    const reasonOf = await this.waits.reasonsOf(rows, now);
    return new Map(rows.flatMap((row) => (reasonOf(row) ? [[row.taskId, reasonOf(row)] as [string, Reason]] : [])));
  }

  private async complete(rows: readonly Row[], now: Date): Promise<Run[]> {
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.id);
    const [reasonOf, attempts, steps] = await Promise.all([
      this.waits.reasonsOf(rows, now),
      this.steps.earlierAttempts(ids),
      this.steps.stepsOf(
        ids,
        rows.map((row) => row.taskId),
      ),
    ]);
    return rows.map((row) =>
      fitRun({
        id: row.id,
        taskId: row.taskId,
        zoneId: row.zoneId,
        agentId: row.agentId,
        status: statusOf(row.state),
        reason: reasonOf(row),
        attempt: row.attempt,
        epoch: row.epoch === null ? null : Number(row.epoch),
        createdAt: row.createdAt.toISOString(),
        dispatchedAt: isoOrNull(row.dispatchedAt),
        acceptedAt: isoOrNull(row.acceptedAt),
        startedAt: isoOrNull(row.startedAt),
        finishedAt: isoOrNull(row.finishedAt),
        exitCode: row.exitCode,
        output: row.output,
        batch: row.batchNo === 0 ? null : row.batchNo,
        logCut: row.logCut === 1,
        ...(row.lateResult === null ? {} : { lateResult: jsonValue(row.lateResult) }),
        attempts: [...(attempts.get(row.id) ?? []), ...presentAttempt(row)],
        steps: steps({ ...row, recovering: row.recovering === 1, ended: isEnded(row.state) }),
      }),
    );
  }
}

/** The attempt that counts is kept in the run's own row. */
const presentAttempt = (row: Row): Attempt[] => {
  if (row.attempt === 0 || row.agentId === null || row.dispatchedAt === null) return [];
  const outcome: RunStatus | null = isEnded(row.state) ? row.state : null;
  return [
    {
      number: row.attempt,
      agentId: row.agentId,
      session: row.session ?? '',
      epoch: Number(row.epoch ?? 0),
      sentAt: row.dispatchedAt.toISOString(),
      acceptedAt: isoOrNull(row.acceptedAt),
      startedAt: isoOrNull(row.startedAt),
      finishedAt: isoOrNull(row.finishedAt),
      outcome,
      reason: null,
      firstStep: row.firstStep,
    },
  ];
};
