import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { StoriesStore } from './stories.store.js';
import type { Story } from './story.js';

const atOnce = 20;

export interface DueStory {
  readonly story: Story;
  readonly hasOpenRefresh: boolean;
}

/** What a time was set for. Of several replicas one gets each. */
@Injectable()
export class SweepStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly stories: StoriesStore,
  ) {}

  /** Operations whose tasks are to be seen to, for whoever asks first; again for anybody once the lease is over. */
  claimTasks(now: Date, leaseUntil: Date): Promise<string[]> {
    return inTransaction(this.dataSource, async (manager) => {
      const sql = 'SELECT id FROM operations WHERE task_due_at <= ? ORDER BY task_due_at LIMIT ? FOR UPDATE SKIP LOCKED';
      const ids = (await manager.query<{ id: string }[]>(sql, [now, atOnce])).map(({ id }) => id);
      if (ids.length === 0) return ids;
      await manager.query('UPDATE operations SET task_due_at = ?, task_tries = task_tries + 1 WHERE id IN (?)', [leaseUntil, ids]);
      return ids;
    });
  }

  resourcesToHeal(now: Date): Promise<string[]> {
    return this.ids('SELECT id FROM resources WHERE heal_at <= ? ORDER BY heal_at LIMIT ?', [now, atOnce]);
  }

  unseenResources(now: Date): Promise<string[]> {
    return this.ids('SELECT id FROM resources WHERE observe_by <= ? ORDER BY observe_by LIMIT ?', [now, atOnce]);
  }

  /** After `after`, by id: there may be many. */
  resourcesOfWorker(workerId: string, after: string): Promise<string[]> {
    return this.ids('SELECT id FROM resources WHERE worker_id = ? AND id > ? ORDER BY id LIMIT ?', [workerId, after, atOnce]);
  }

  /** Runs it with the row as it is then: whoever was first has changed it. */
  async with(resourceId: string, now: Date, work: (due: DueStory) => void): Promise<void> {
    await this.stories.tell(resourceId, now, async (story, manager) => {
      const sql = `SELECT COUNT(*) count FROM operations WHERE resource_id = ? AND finished_at IS NULL AND action = 'refresh'`;
      const [row] = await manager.query<{ count: number | string }[]>(sql, [resourceId]);
      work({ story, hasOpenRefresh: Number(row?.count ?? 0) > 0 });
    });
  }

  /** The first time after `now` that something is due. */
  async nextTime(now: Date): Promise<Date | undefined> {
    const times = [
      'task_due_at FROM operations WHERE task_due_at',
      'heal_at FROM resources WHERE heal_at',
      'observe_by FROM resources WHERE observe_by',
    ];
    const sql = `SELECT MIN(at) at FROM (${times.map((of) => `(SELECT ${of.replace(' FROM', ' at FROM')} > ? ORDER BY 1 LIMIT 1)`).join(' UNION ALL ')}) t`;
    const [row] = await guarded(() => this.dataSource.query<{ at: Date | null }[]>(sql, [now, now, now]));
    return row?.at ?? undefined;
  }

  private ids(sql: string, parameters: readonly unknown[]): Promise<string[]> {
    return guarded(async () => (await this.dataSource.query<{ id: string }[]>(sql, [...parameters])).map(({ id }) => id));
  }
}
