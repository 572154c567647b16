import type { Step } from '@klevr/contracts/step';
import type { CredentialUse } from '@klevr/contracts/credential';
import type { Task } from '@klevr/contracts/task';
import { jsonValue } from '@klevr/persistence/columns';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isDone } from '../runs/attempts.store.js';
import type { RunRow } from '../runs/run-row.js';

/** What of a task goes into its commands; it never changes. */
export interface Work {
  readonly taskName: string;
  readonly steps: Step[];
  readonly recovery: Step[];
  readonly parameters: Record<string, unknown>;
  readonly credentials: readonly CredentialUse[];
  readonly killGraceSeconds: number | null;
  readonly maxLogBytes: number;
  /** What the first step gets as the result before it. */
  readonly previousResult: string | null;
}

const cachedTasks = 2_000;
/** Larger ones are read each time: the cache stays within some megabytes. */
const cachedBytes = 8 * 1024;

/** The work of tasks, from memory for those that were made here a moment ago. */
@Injectable()
export class WorkStore {
  private readonly recent = new Map<string, Work>();

  constructor(private readonly dataSource: DataSource) {}

  remember({ id, name, ...task }: Task, previousResult: string | null): void {
    const { steps, recovery, parameters, credentials, killGraceSeconds, maxLogBytes } = task;
    if (JSON.stringify([steps, recovery, parameters, previousResult]).length > cachedBytes) return;
    const oldest = this.recent.keys().next();
    if (this.recent.size >= cachedTasks && oldest.done !== true) this.recent.delete(oldest.value);
    const rest = { steps, recovery, parameters, credentials, killGraceSeconds, maxLogBytes };
    this.recent.set(id, { taskName: name, ...rest, previousResult });
  }

  async load(taskIds: readonly string[]): Promise<Map<string, Work>> {
    const found = new Map<string, Work>();
    const missing: string[] = [];
    for (const id of new Set(taskIds)) {
      const work = this.recent.get(id);
      if (work === undefined) missing.push(id);
      else found.set(id, work);
    }
    if (missing.length === 0) return found;
    const rows = await this.dataSource.query<WorkRow[]>(
      `SELECT id, name taskName, steps, recovery, parameters, credentials, kill_grace_seconds killGraceSeconds, max_log_bytes maxLogBytes,
        previous_result previousResult
       FROM tasks WHERE id IN (?)`,
      [missing],
    );
    for (const { id, ...row } of rows) found.set(id, workOf(row));
    return found;
  }

  /** By run: what its first step gets as the result before it, where earlier attempts have done the steps before. Costs nothing where there are none. */
  async outputsBefore(runs: readonly RunRow[]): Promise<Map<string, string>> {
    const resumed = runs.filter(({ firstStep }) => firstStep > 0);
    if (resumed.length === 0) return new Map();
    const rows = await this.dataSource.query<{ runId: string; output: string | null }[]>(
      `SELECT run_id runId, output FROM steps WHERE (run_id, step_index) IN (?) AND ${isDone} ORDER BY attempt`,
      [resumed.map(({ id, firstStep }) => [id, firstStep - 1])],
    );
    return new Map(rows.flatMap(({ runId, output }) => (output === null ? [] : [[runId, output]])));
  }
}

interface WorkRow {
  readonly id: string;
  readonly taskName: string;
  readonly steps: unknown;
  readonly recovery: unknown;
  readonly parameters: unknown;
  readonly credentials: unknown;
  readonly killGraceSeconds: number | null;
  readonly maxLogBytes: number;
  readonly previousResult: string | null;
}

const workOf = (row: Omit<WorkRow, 'id'>): Work => ({
  ...row,
  steps: jsonValue(row.steps) as Step[],
  recovery: jsonValue(row.recovery) as Step[],
  parameters: jsonValue(row.parameters) as Record<string, unknown>,
  credentials: row.credentials === null ? [] : (jsonValue(row.credentials) as CredentialUse[]),
});
