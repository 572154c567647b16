import { forgetOldKeys } from '@klevr/persistence/idempotency';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { idempotencyKeys } from '../database/tables.js';

/**
 * How long things are kept: finished tasks with all that belongs to them, facts that were refused, how far a journal was read, and which agents and
 * zones are gone (far longer than a process lives that may remember one of them).
 */
export const keptDays = { finishedTasks: 30, refusedFacts: 30, cursors: 180, gone: 180 } as const;
const tasksAtOnce = 100;

/** Bounds the tables. A little at a time, so that nobody waits for it; answers whether there is more. */
@Injectable()
export class RetentionStore {
  constructor(private readonly dataSource: DataSource) {}

  async forgetOld(now: Date): Promise<boolean> {
    const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
    await forgetOldKeys(this.dataSource.manager, idempotencyKeys);
    await this.dataSource.query('DELETE FROM refused_facts WHERE created_at < ? LIMIT 1000', [daysAgo(keptDays.refusedFacts)]);
    await this.dataSource.query('DELETE FROM fact_cursors WHERE updated_at < ? LIMIT 1000', [daysAgo(keptDays.cursors)]);
    await this.forgetGone(daysAgo(keptDays.gone));
    return this.forgetTasks(daysAgo(keptDays.finishedTasks));
  }

  /** Their runs have ended, or are ended by the event that comes again until it is handled. */
  private async forgetGone(before: Date): Promise<void> {
    await this.dataSource.query(`DELETE FROM agent_state WHERE status = 'removed' AND since < ? LIMIT 1000`, [before]);
    await this.dataSource.query('DELETE FROM zone_dispatch WHERE closed_at < ? LIMIT 1000', [before]);
  }

  /** The task goes last: what a crash leaves undone is found again by it. */
  private async forgetTasks(before: Date): Promise<boolean> {
    const tasks = await this.idsOf('SELECT id FROM tasks WHERE finished_at < ? ORDER BY finished_at LIMIT ?', [before, tasksAtOnce]);
    if (tasks.length === 0) return false;
    const runs = await this.idsOf('SELECT id FROM runs WHERE task_id IN (?)', [tasks]);
    for (const table of ['logs', 'steps', 'attempts']) {
      if (runs.length > 0) await this.dataSource.query(`DELETE FROM ${table} WHERE run_id IN (?)`, [runs]);
    }
    for (const table of ['runs', 'callback_deliveries', 'callbacks']) {
      await this.dataSource.query(`DELETE FROM ${table} WHERE task_id IN (?)`, [tasks]);
    }
    await this.dataSource.query('DELETE FROM tasks WHERE id IN (?)', [tasks]);
    return tasks.length === tasksAtOnce;
  }

  private async idsOf(sql: string, parameters: unknown[]): Promise<string[]> {
    return (await this.dataSource.query<{ id: string }[]>(sql, parameters)).map(({ id }) => id);
  }
}
