import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Resource } from '@klevr/contracts/resource';
import { appendOutbox } from '@klevr/persistence/outbox';
import { duplicateKey } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { idempotencyKeys, outbox } from '../database/tables.js';
import { mendIfDrifted } from './life.js';
import { removeRecords } from './removal.store.js';
import { withOperation } from './resource-reader.store.js';
import { resourceEvent } from './resource-events.js';
import type { ResourceRow, RevisionRow } from './resource-row.js';
import { lockResource, resources, revisions } from './rows.store.js';
import { StoriesStore } from './stories.store.js';
import { addOperation, storyOf } from './story.js';

export const resourcesAZone = 10_000;

type By = { readonly userId: string; readonly username: string };

/** The desired state of resources. */
@Injectable()
export class ResourcesStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly stories: StoriesStore,
  ) {}

  create(row: ResourceRow, revision: RevisionRow, apply: By | undefined, idempotency: Idempotency | undefined): Promise<Resource> {
    return inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, async () => {
        const story = storyOf(row, row.createdAt);
        await insertNamed(manager, row);
        await revisions.insert(manager, revision);
        const { pinned } = row.recipe;
        const told = { recipe: pinned.name, version: pinned.version, createdBy: row.createdBy };
        story.events.push(resourceEvent('resource.created', row, told, row.createdAt));
        if (apply !== undefined) addOperation(story, { action: 'apply', cause: 'user', revision: row.revision, by: apply });
        await this.stories.save(manager, story);
        return withOperation(manager, row);
      }),
    );
  }

  /** `revisionOf` gets the row as it is now, locked, and changes it to what it shall be; it may throw. */
  async update(id: string, revisionOf: (row: ResourceRow) => RevisionRow, now: Date): Promise<void> {
    const told = await this.stories.tell(id, now, async (story, manager) => {
      const { row } = story;
      const revision = revisionOf(row);
      await revisions.insert(manager, revision);
      story.events.push(resourceEvent('resource.changed', row, { revision: row.revision, changedBy: revision.createdBy }, now));
      // Where it is to mend itself from now on, what has drifted already is mended too.
      mendIfDrifted(story);
      return true;
    });
    if (told === undefined) throw new AppError('NOT_FOUND', 'There is no such resource');
  }

  /** `refuse` throws where it may not go. */
  async remove(id: string, refuse: (row: ResourceRow) => void, by: string, now: Date): Promise<void> {
    await inTransaction(this.dataSource, async (manager) => {
      const row = await lockResource(manager, id);
      if (row === undefined) throw new AppError('NOT_FOUND', 'There is no such resource');
      refuse(row);
      await removeRecords(manager, [id]);
      await appendOutbox(manager, outbox, [resourceEvent('resource.deleted', row, { by }, now)]);
    });
  }
}

const insertNamed = async (manager: EntityManager, row: ResourceRow): Promise<void> => {
  const [counted] = await manager.query<{ count: number | string }[]>('SELECT COUNT(*) count FROM resources WHERE zone_id = ?', [
    row.zoneId,
  ]);
  if (Number(counted?.count ?? 0) >= resourcesAZone)
    throw new AppError('CONFLICT', `The zone has ${resourcesAZone} resources, and no more can be`);
  try {
    await resources.insert(manager, row, { recipe_name: row.recipe.pinned.name, recipe_source: row.recipe.pinned.source });
  } catch (error) {
    if (!duplicateKey(error, 'uq_resources_name')) throw error;
    throw new AppError('CONFLICT', `The zone has a resource with the name ${row.name} already`, { cause: error });
  }
};
