import type { Callback } from '@klevr/contracts/callback';
import { jsonValue } from '@klevr/persistence/columns';
import { guarded } from '@klevr/persistence/database-errors';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** What of a task is not told, and goes with a copy of it. */
export interface Untold {
  readonly callbacks: Callback[];
  readonly previousResult: string | null;
}

/** What a further try of a task needs of the first. */
@Injectable()
export class TaskCopyStore {
  constructor(private readonly dataSource: DataSource) {}

  untold(taskId: string): Promise<Untold> {
    return guarded(async () => {
      const callbacks = await this.dataSource.query<{ url: string; triggers: unknown; secret: string }[]>(
        'SELECT url, triggers, secret FROM callbacks WHERE task_id = ? ORDER BY id',
        [taskId],
      );
      const [task] = await this.dataSource.query<{ previousResult: string | null }[]>(
        'SELECT previous_result previousResult FROM tasks WHERE id = ?',
        [taskId],
      );
      return {
        callbacks: callbacks.map(({ url, triggers, secret }) => ({ url, on: jsonValue(triggers) as Callback['on'], secret })),
        previousResult: task?.previousResult ?? null,
      };
    });
  }

  /** The agents whose runs have not succeeded, without those that were removed. */
  unsuccessful(taskId: string): Promise<string[]> {
    return guarded(async () => {
      const rows = await this.dataSource.query<{ agentId: string }[]>(
        `SELECT r.agent_id agentId FROM runs r LEFT JOIN agent_state a ON a.agent_id = r.agent_id
         WHERE r.task_id = ? AND r.state <> 'succeeded' AND r.agent_id IS NOT NULL AND IFNULL(a.status, '') <> 'removed' ORDER BY r.id`,
        [taskId],
      );
      return rows.map(({ agentId }) => agentId);
    });
  }
}
