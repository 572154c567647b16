import type { TaskTarget } from '@klevr/contracts/target';
import { jsonValue } from '@klevr/persistence/columns';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** The targets of tasks, for those that are bound when they are sent. */
@Injectable()
export class TargetStore {
  constructor(private readonly dataSource: DataSource) {}

  async load(taskIds: readonly string[]): Promise<Map<string, TaskTarget>> {
    const rows = await this.dataSource.query<{ id: string; target: unknown }[]>('SELECT id, target FROM tasks WHERE id IN (?)', [
      [...new Set(taskIds)],
    ]);
    return new Map(rows.map(({ id, target }) => [id, jsonValue(target) as TaskTarget]));
  }
}
