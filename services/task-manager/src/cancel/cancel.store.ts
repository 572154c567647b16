import { AppError } from '@klevr/contracts/errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { cancelRun } from '../runs/cancel-run.js';
import { reasonAt } from '../runs/run-row.js';
import { openStates } from '../runs/run-state.js';
import { lockRuns } from '../runs/runs.store.js';
import { storeRuns, type Stored } from '../runs/transitions.store.js';

export interface Canceled {
  readonly zoneId: string;
  readonly stored: Stored;
}

/** What nobody can have got ends at once; for the rest the agent is asked, again and again, until it or its hello has answered. */
@Injectable()
export class CancelStore {
  constructor(private readonly dataSource: DataSource) {}

  cancel(taskId: string, username: string, now: Date): Promise<Canceled> {
    return inTransaction(this.dataSource, async (manager) => {
      const tasks = await manager.query<{ zoneId: string; openRuns: number }[]>(
        'SELECT zone_id zoneId, open_runs openRuns FROM tasks WHERE id = ?',
        [taskId],
      );
      const task = tasks[0];
      if (task === undefined) throw new AppError('NOT_FOUND', 'There is no such task');
      if (task.openRuns === 0) throw new AppError('WRONG_STATE', 'The task has ended already');
      const runs = await lockRuns(manager, 'r.task_id = ? AND r.state IN (?) ORDER BY r.id', [taskId, openStates]);
      const reason = reasonAt('CANCELED_BY_USER', `canceled by ${username} before it started`, now);
      for (const run of runs) cancelRun(run, reason, now);
      return { zoneId: task.zoneId, stored: await storeRuns(manager, runs, now) };
    });
  }
}
