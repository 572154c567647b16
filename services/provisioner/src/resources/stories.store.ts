import type { Event } from '@klevr/contracts/event';
import { appendOutbox } from '@klevr/persistence/outbox';
import { SecretBox } from '@klevr/platform/secret-box';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { outbox } from '../database/tables.js';
import { countEvents } from '../metrics.js';
import { outputsContext } from './box-context.js';
import { lockResource, operations, resources } from './rows.store.js';
import { inLine, storyOf, type Story } from './story.js';

const nextInLine = `UPDATE operations SET task_due_at = ? WHERE resource_id = ? AND finished_at IS NULL AND task_id IS NULL
  AND JSON_VALUE(reason, '$.code') = ?`;

/**
 * Runs a story: its resource is locked first, before any of its operations, and everything that it came to is written in the same transaction.
 * `tell` must do nothing outside the database; it may be run again.
 */
@Injectable()
export class StoriesStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly box: SecretBox,
  ) {}

  /** Undefined where there is no such resource. */
  async tell<T>(resourceId: string, now: Date, work: (story: Story, manager: EntityManager) => Promise<T> | T): Promise<T | undefined> {
    const told = await inTransaction(this.dataSource, async (manager) => {
      const row = await lockResource(manager, resourceId);
      if (row === undefined) return undefined;
      const story = storyOf(row, now);
      const answer = await work(story, manager);
      await this.save(manager, story);
      return { answer, story };
    });
    countEvents((told?.story.events ?? []).map(({ body }) => body as Event));
    return told?.answer;
  }

  async save(manager: EntityManager, story: Story): Promise<void> {
    const { row, now, made, changed, events } = story;
    row.updatedAt = now;
    await resources.update(manager, row, { recipe_name: row.recipe.pinned.name, recipe_source: row.recipe.pinned.source });
    for (const operation of made) await operations.insert(manager, operation);
    for (const operation of changed) if (!made.includes(operation)) await operations.update(manager, operation);
    if (story.appliedRevision !== undefined) {
      const sql = 'UPDATE resource_revisions SET applied_at = ? WHERE resource_id = ? AND revision = ?';
      await manager.query(sql, [now, row.id, story.appliedRevision]);
    }
    if (story.secretOutputs !== undefined) await this.saveSecrets(manager, row.id, story.secretOutputs);
    if (story.releaseState)
      await manager.query('UPDATE resource_states SET holder = NULL, held_until = NULL WHERE resource_id = ? AND holder IS NOT NULL', [
        row.id,
      ]);
    if ([...changed].some(({ finishedAt }) => finishedAt !== null)) await manager.query(nextInLine, [now, row.id, inLine]);
    if (events.length > 0) await appendOutbox(manager, outbox, events);
  }

  private async saveSecrets(manager: EntityManager, id: string, outputs: Record<string, unknown> | null): Promise<void> {
    if (outputs === null) {
      await manager.query('DELETE FROM resource_secrets WHERE resource_id = ?', [id]);
      return;
    }
    const box = this.box.seal(JSON.stringify(outputs), outputsContext(id));
    await manager.query('REPLACE INTO resource_secrets (resource_id, box) VALUES (?)', [[id, box]]);
  }
}
