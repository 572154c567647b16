import type { Resource, Revision } from '@klevr/contracts/resource';
import { AppError } from '@klevr/contracts/errors';
import { guarded } from '@klevr/persistence/database-errors';
import { idsByZone } from '@klevr/persistence/zone-pages';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { page, type Page } from '../page.js';
import { resourceOf, type ResourceRow, type RevisionRow } from './resource-row.js';
import { findRevision, resources, revisions, rowsOf } from './rows.store.js';

export interface ResourceQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly status?: string | undefined;
  readonly recipe?: string | undefined;
  /** Undefined for all. */
  readonly zoneIds?: readonly string[] | undefined;
}

interface OpenOperation {
  id: string;
  resourceId: string;
  action: string;
  status: string;
}

/** Resources as the world sees them, each with what is under way. */
@Injectable()
export class ResourceReaderStore {
  constructor(private readonly dataSource: DataSource) {}

  find(id: string): Promise<ResourceRow | undefined> {
    return guarded(async () => (await rowsOf(this.dataSource.manager, resources, 'WHERE id = ?', [id]))[0]);
  }

  async get(id: string): Promise<Resource> {
    const row = await this.find(id);
    if (row === undefined) throw new AppError('NOT_FOUND', 'There is no such resource');
    return guarded(() => withOperation(this.dataSource.manager, row));
  }

  /** In the order of their making. */
  list({ limit, cursor, status, recipe, zoneIds }: ResourceQuery): Promise<Page<Resource>> {
    if (zoneIds?.length === 0) return Promise.resolve({ items: [], nextCursor: null });
    const and: [string, unknown[]][] = [['id > ?', [cursor ?? '']]];
    if (status !== undefined) and.push(['status = ?', [status]]);
    if (recipe !== undefined) and.push(['recipe_name = ?', [recipe]]);
    return guarded(async () => {
      const { manager } = this.dataSource;
      const rows = await (zoneIds === undefined ? readAll(manager, and, limit + 1) : readOfZones(manager, zoneIds, and, limit + 1));
      const open = await openOperations(
        manager,
        rows.map(({ id }) => id),
      );
      return page(
        rows.map((row) => resourceOf(row, open.get(row.id) ?? null)),
        limit,
        ({ id }) => id,
      );
    });
  }

  findRevision(id: string, revision: number): Promise<RevisionRow | undefined> {
    return guarded(() => findRevision(this.dataSource.manager, id, revision));
  }

  /** Newest first. */
  listRevisions(id: string, limit: number, before: number | undefined): Promise<Page<Revision>> {
    return guarded(async () => {
      const where = 'WHERE resource_id = ? AND revision < ? ORDER BY revision DESC LIMIT ?';
      const rows = await rowsOf(this.dataSource.manager, revisions, where, [id, before ?? 2_147_483_647, limit + 1]);
      const told = rows.map((row): Revision => ({
        ...{ revision: row.revision, recipe: row.recipe.pinned, parameters: row.parameters, createdBy: row.createdBy },
        ...{ createdAt: row.createdAt.toISOString(), appliedAt: row.appliedAt?.toISOString() ?? null },
      }));
      return page(told, limit, ({ revision }) => String(revision));
    });
  }
}

const readAll = (manager: EntityManager, and: readonly (readonly [string, unknown[]])[], limit: number): Promise<ResourceRow[]> => {
  const where = and.map(([sql]) => sql).join(' AND ');
  return rowsOf(manager, resources, `WHERE ${where} ORDER BY id LIMIT ?`, [...and.flatMap(([, values]) => values), limit]);
};

const readOfZones = async (
  manager: EntityManager,
  zoneIds: readonly string[],
  and: readonly (readonly [string, unknown[]])[],
  limit: number,
): Promise<ResourceRow[]> => {
  const { sql, values } = idsByZone({ table: resources.name, zoneIds, and, order: 'ASC', limit });
  const ids = (await manager.query<{ id: string }[]>(sql, values)).map(({ id }) => id);
  return ids.length === 0 ? [] : rowsOf(manager, resources, 'WHERE id IN (?) ORDER BY id', [ids]);
};

export const withOperation = async (manager: EntityManager, row: ResourceRow): Promise<Resource> =>
  resourceOf(row, (await openOperations(manager, [row.id])).get(row.id) ?? null);

/** The one that changes it, or else the newest that is open. */
const openOperations = async (manager: EntityManager, ids: readonly string[]): Promise<Map<string, NonNullable<Resource['operation']>>> => {
  const found = new Map<string, NonNullable<Resource['operation']>>();
  if (ids.length === 0) return found;
  const rows = await manager.query<OpenOperation[]>(
    `SELECT id, resource_id resourceId, action, status FROM operations WHERE resource_id IN (?) AND finished_at IS NULL
     ORDER BY action IN ('apply', 'destroy'), id`,
    [ids],
  );
  for (const { id, resourceId, action, status } of rows) found.set(resourceId, { id, action, status });
  return found;
};
