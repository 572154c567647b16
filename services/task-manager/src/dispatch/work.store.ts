import type { Step, Task } from '@klevr/contracts/task';
import { jsonValue } from '@klevr/persistence/columns';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** What of a task goes into its commands; it never changes. */
export interface Work {
  readonly taskName: string;
  readonly steps: Step[];
  readonly recovery: Step[];
  readonly parameters: Record<string, unknown>;
}

const cachedTasks = 2_000;
/** Larger ones are read each time: the cache stays within some megabytes. */
const cachedBytes = 8 * 1024;

/** The work of tasks, from memory for those that were made here a moment ago. */
@Injectable()
export class WorkStore {
  private readonly recent = new Map<string, Work>();

  constructor(private readonly dataSource: DataSource) {}

  remember({ id, name, steps, recovery, parameters }: Task): void {
    if (JSON.stringify([steps, recovery, parameters]).length > cachedBytes) return;
    const oldest = this.recent.keys().next();
    if (this.recent.size >= cachedTasks && oldest.done !== true) this.recent.delete(oldest.value);
    this.recent.set(id, { taskName: name, steps, recovery, parameters });
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
    const rows = await this.dataSource.query<{ id: string; taskName: string; steps: unknown; recovery: unknown; parameters: unknown }[]>(
      'SELECT id, name taskName, steps, recovery, parameters FROM tasks WHERE id IN (?)',
      [missing],
    );
    for (const { id, taskName, steps, recovery, parameters } of rows) {
      found.set(id, {
        taskName,
        steps: jsonValue(steps) as Step[],
        recovery: jsonValue(recovery) as Step[],
        parameters: jsonValue(parameters) as Record<string, unknown>,
      });
    }
    return found;
  }
}
