import { inTransaction } from '@klevr/persistence/transaction';
import { guarded } from '@klevr/persistence/database-errors';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

const tables = ['operations', 'resource_revisions', 'resource_secrets', 'resource_states', 'resource_state_pieces'];
const atOnce = 20;

/** All that belongs to these resources, and themselves. */
export const removeRecords = async (manager: EntityManager, ids: readonly string[]): Promise<void> => {
  for (const table of tables) await manager.query(`DELETE FROM ${table} WHERE resource_id IN (?)`, [ids]);
  await manager.query('DELETE FROM resources WHERE id IN (?)', [ids]);
};

/** What becomes of the resources of a zone that goes. */
@Injectable()
export class RemovalStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Those of which something may be left at an engine. */
  count(zoneId: string): Promise<number> {
    const sql = `SELECT COUNT(*) count FROM resources WHERE zone_id = ? AND status NOT IN ('new', 'destroyed')`;
    return guarded(async () => Number((await this.dataSource.query<{ count: number | string }[]>(sql, [zoneId]))[0]?.count ?? 0));
  }

  /** A few at a time. */
  async removeZone(zoneId: string): Promise<void> {
    for (let gone = atOnce; gone === atOnce;) {
      gone = await inTransaction(this.dataSource, async (manager) => {
        const sql = 'SELECT id FROM resources WHERE zone_id = ? ORDER BY id LIMIT ? FOR UPDATE';
        const ids = (await manager.query<{ id: string }[]>(sql, [zoneId, atOnce])).map(({ id }) => id);
        if (ids.length > 0) await removeRecords(manager, ids);
        return ids.length;
      });
    }
  }
}
