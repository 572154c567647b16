import { forgetOldKeys } from '@klevr/persistence/idempotency';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { idempotencyKeys, outbox } from '../database/tables.js';

const rowsAtOnce = 200;
/** See `forgetOldKeys`. */
const keysAtOnce = 1_000;
const revisionsAResource = 200;
const refusedDays = 30;

/**
 * Bounds the tables of this service. Promises: no statement takes more than some hundred rows; what is open, or is the desired state, or what stands, is never touched; a
 * crash in the middle leaves only what the next pass finds again. Two replicas may be at it: they delete the same.
 */
@Injectable()
export class RetentionStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Hands out how many rows each statement took. */
  async *everything(before: Date, aResource: number): AsyncGenerator<number, void, undefined> {
    yield* this.drain('DELETE FROM operations WHERE finished_at < ? AND task_due_at IS NULL LIMIT ?', [before]);
    yield* this.beyond('operations', 'id', aResource, 'AND finished_at IS NOT NULL AND task_due_at IS NULL');
    yield* this.beyond('resource_revisions', 'revision', revisionsAResource, this.unusedRevision);
    for (let rows = keysAtOnce; rows === keysAtOnce;) {
      rows = await forgetOldKeys(this.dataSource.manager, idempotencyKeys);
      yield rows;
    }
    const refused = `DELETE FROM ${outbox.name} WHERE refused IS NOT NULL AND created_at < UTC_TIMESTAMP(3) - INTERVAL ${refusedDays} DAY LIMIT ?`;
    yield* this.drain(refused, []);
  }

  private readonly unusedRevision = `AND NOT EXISTS (SELECT 1 FROM resources r WHERE r.id = resource_id
    AND revision IN (r.revision, IFNULL(r.begun_revision, 0), IFNULL(r.applied_revision, 0)))
    AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.resource_id = resource_revisions.resource_id AND o.finished_at IS NULL AND o.revision = resource_revisions.revision)`;

  /** Of each resource that has more of them, all but the newest. */
  private async *beyond(table: string, order: string, most: number, and: string): AsyncGenerator<number, void, undefined> {
    for (let after = ''; ;) {
      const sql = `SELECT resource_id id FROM ${table} WHERE resource_id > ? GROUP BY resource_id HAVING COUNT(*) > ? ORDER BY resource_id LIMIT 50`;
      const ids = await this.dataSource.query<{ id: string }[]>(sql, [after, most]);
      for (const { id } of ids) {
        const oldest = `SELECT ${order} oldest FROM ${table} WHERE resource_id = ? ORDER BY ${order} DESC LIMIT 1 OFFSET ?`;
        const [row] = await this.dataSource.query<{ oldest: string | number }[]>(oldest, [id, most - 1]);
        if (row !== undefined)
          yield* this.drain(`DELETE FROM ${table} WHERE resource_id = ? AND ${order} < ? ${and} LIMIT ?`, [id, row.oldest]);
      }
      if (ids.length < 50) return;
      after = ids.at(-1)?.id ?? '';
    }
  }

  private async *drain(sql: string, parameters: readonly unknown[]): AsyncGenerator<number, void, undefined> {
    for (let rows = rowsAtOnce; rows === rowsAtOnce;) {
      ({ affectedRows: rows } = await this.dataSource.query<{ affectedRows: number }>(sql, [...parameters, rowsAtOnce]));
      yield rows;
    }
  }
}
