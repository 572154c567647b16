import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { HookSecrets } from '../credentials/hook-secrets.js';
import { insertTasks } from './insert-tasks.store.js';
import type { NewTask } from './new-task.js';

/** Undefined where the operation has its task already. */
type OperationMade = { readonly callbacksDue: boolean } | undefined;

/** The tasks of operations. The row of the operation, which only one transaction can write, makes it one task for each. */
@Injectable()
export class OperationTasksStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: HookSecrets,
  ) {}

  async taskOf(operationId: string): Promise<string | undefined> {
    const sql = 'SELECT task_id taskId FROM operation_tasks WHERE operation_id = ?';
    return (await guarded(() => this.dataSource.query<{ taskId: string }[]>(sql, [operationId])))[0]?.taskId;
  }

  create(operationId: string, made: NewTask): Promise<OperationMade> {
    return inTransaction(this.dataSource, async (manager) => {
      const { affectedRows } = await manager.query<{ affectedRows: number }>(
        'INSERT IGNORE INTO operation_tasks (operation_id, task_id, created_at) VALUES (?, ?, ?)',
        [operationId, made.task.id, new Date(made.task.createdAt)],
      );
      return affectedRows === 0 ? undefined : { callbacksDue: await insertTasks(manager, [made], this.secrets) };
    });
  }
}
