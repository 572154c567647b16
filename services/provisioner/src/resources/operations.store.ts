import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Operation } from '@klevr/contracts/resource';
import { guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { idempotencyKeys } from '../database/tables.js';
import { page, type Page } from '../page.js';
import { operationOf, type OperationRow } from './operation-row.js';
import type { RevisionRow } from './resource-row.js';
import { findRevision, lockOperation, lockResource, operations, revisions, rowsOf } from './rows.store.js';
import { StoriesStore } from './stories.store.js';
import { storyOf, type Story } from './story.js';

/** What is looked up while the resource is locked. */
export interface Archive {
  findOperation(id: string): Promise<OperationRow | undefined>;
  openCount(): Promise<number>;
  /** The one that was applied last, of those that are not the present one. */
  lastApplied(): Promise<RevisionRow | undefined>;
  revision(revision: number): Promise<RevisionRow | undefined>;
  addRevision(revision: RevisionRow): Promise<void>;
}

@Injectable()
export class OperationsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly stories: StoriesStore,
  ) {}

  /** `decide` makes the operation, or throws. */
  create(
    resourceId: string,
    idempotency: Idempotency | undefined,
    now: Date,
    decide: (story: Story, archive: Archive) => Promise<OperationRow>,
  ): Promise<Operation> {
    return inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, async () => {
        const row = await lockResource(manager, resourceId);
        if (row === undefined) throw new AppError('NOT_FOUND', 'There is no such resource');
        const story = storyOf(row, now);
        const operation = await decide(story, archiveOf(manager, resourceId, row.revision));
        await this.stories.save(manager, story);
        return operationOf(operation);
      }),
    );
  }

  find(id: string): Promise<OperationRow | undefined> {
    return guarded(async () => (await rowsOf(this.dataSource.manager, operations, 'WHERE id = ?', [id]))[0]);
  }

  findByTask(taskId: string): Promise<OperationRow | undefined> {
    return guarded(async () => (await rowsOf(this.dataSource.manager, operations, 'WHERE task_id = ?', [taskId]))[0]);
  }

  revisionOf({ resourceId, revision }: OperationRow): Promise<RevisionRow | undefined> {
    return guarded(() => findRevision(this.dataSource.manager, resourceId, revision));
  }

  /** Where its resource is, and who has it by now. */
  async placeOf({ resourceId }: OperationRow): Promise<{ zoneName: string; engine: string | null } | undefined> {
    const sql = 'SELECT zone_name zoneName, engine FROM resources WHERE id = ?';
    return guarded(async () => (await this.dataSource.query<{ zoneName: string; engine: string | null }[]>(sql, [resourceId]))[0]);
  }

  /** As `change`, with the other operations of the resource that are open. */
  changeAmong<T>(
    operation: Pick<OperationRow, 'id' | 'resourceId'>,
    now: Date,
    work: (story: Story, operation: OperationRow, others: readonly OperationRow[], revision: RevisionRow) => T,
  ): Promise<T | undefined> {
    return this.change(operation, now, async (story, row, revision, manager) => {
      const where = 'WHERE resource_id = ? AND finished_at IS NULL AND id <> ? ORDER BY id FOR UPDATE';
      return work(story, row, await rowsOf(manager, operations, where, [row.resourceId, row.id]), revision);
    });
  }

  openOf(resourceId: string): Promise<OperationRow[]> {
    return guarded(() =>
      rowsOf(this.dataSource.manager, operations, 'WHERE resource_id = ? AND finished_at IS NULL ORDER BY id', [resourceId]),
    );
  }

  /** Newest first. */
  list(resourceId: string, limit: number, cursor: string | undefined): Promise<Page<Operation>> {
    return guarded(async () => {
      const where = `WHERE resource_id = ? ${cursor === undefined ? '' : 'AND id < ?'} ORDER BY id DESC LIMIT ?`;
      const parameters = [resourceId, ...(cursor === undefined ? [] : [cursor]), limit + 1];
      const rows = await rowsOf(this.dataSource.manager, operations, where, parameters);
      return page(rows.map(operationOf), limit, ({ id }) => id);
    });
  }

  /** The operation as it is now, with its resource locked. Undefined where either is gone. */
  async change<T>(
    { id, resourceId }: Pick<OperationRow, 'id' | 'resourceId'>,
    now: Date,
    work: (story: Story, operation: OperationRow, revision: RevisionRow, manager: EntityManager) => Promise<T> | T,
  ): Promise<T | undefined> {
    return this.stories.tell(resourceId, now, async (story, manager) => {
      const operation = await lockOperation(manager, id);
      const revision = operation && (await findRevision(manager, resourceId, operation.revision));
      if (operation === undefined || revision === undefined) return undefined;
      return work(story, operation, revision, manager);
    });
  }
}

const archiveOf = (manager: EntityManager, resourceId: string, present: number): Archive => ({
  findOperation: async (id) => (await rowsOf(manager, operations, 'WHERE id = ? AND resource_id = ?', [id, resourceId]))[0],
  openCount: async () => {
    const sql = 'SELECT COUNT(*) count FROM operations WHERE resource_id = ? AND finished_at IS NULL';
    return Number((await manager.query<{ count: number | string }[]>(sql, [resourceId]))[0]?.count ?? 0);
  },
  lastApplied: async () => {
    const where = 'WHERE resource_id = ? AND revision <> ? AND applied_at IS NOT NULL ORDER BY applied_at DESC, revision DESC LIMIT 1';
    return (await rowsOf(manager, revisions, where, [resourceId, present]))[0];
  },
  revision: (revision) => findRevision(manager, resourceId, revision),
  addRevision: (revision) => revisions.insert(manager, revision),
});
