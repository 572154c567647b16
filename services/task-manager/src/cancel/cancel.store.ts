import { AppError } from '@klevr/contracts/errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { cancelRun } from '../runs/cancel-run.js';
import { reasonAt, type LoadedRun } from '../runs/run-row.js';
import { isEnded, openStates } from '../runs/run-state.js';
import { lockRuns, lockRunsById } from '../runs/runs.store.js';
import type { Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';

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
      const [task] = await manager.query<{ zoneId: string; openRuns: number; status: string }[]>(
        'SELECT zone_id zoneId, open_runs openRuns, status FROM tasks WHERE id = ?',
        [taskId],
      );
      if (task === undefined) throw new AppError('NOT_FOUND', 'There is no such task');
      if (task.openRuns === 0) throw new AppError('WRONG_STATE', `The task is ${task.status}`);
      const runs = await lockRuns(manager, 'r.task_id = ? AND r.state IN (?) ORDER BY r.id', [taskId, openStates]);
      return { zoneId: task.zoneId, stored: await cancelAll(manager, runs, username, now) };
    });
  }

  cancelRun(runId: string, username: string, now: Date): Promise<Canceled> {
    return inTransaction(this.dataSource, async (manager) => {
      const run = (await lockRunsById(manager, [runId])).get(runId);
      if (run === undefined) throw new AppError('NOT_FOUND', 'There is no such run');
      if (isEnded(run.row.state)) throw new AppError('WRONG_STATE', `The run is ${run.row.state}`);
      return { zoneId: run.row.zoneId, stored: await cancelAll(manager, [run], username, now) };
    });
  }
}

const cancelAll = (manager: EntityManager, runs: readonly LoadedRun[], username: string, now: Date): Promise<Stored> => {
  for (const run of runs) {
    const when = run.row.retries === 0 ? 'before it started' : `before attempt ${run.row.attempt} started`;
    cancelRun(run, reasonAt('CANCELED_BY_USER', `canceled by ${username} ${when}`, now), now);
  }
  return storeRuns(manager, runs, now);
};
