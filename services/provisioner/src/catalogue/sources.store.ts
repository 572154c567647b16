import type { Source, SourceRef } from '@klevr/contracts/catalogue';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { jsonValue } from '@klevr/persistence/columns';
import { duplicateKey, guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { idempotencyKeys } from '../database/tables.js';
import { page, type Page } from '../page.js';
import {
  changedSource,
  refuseBuiltIn,
  refuseOtherRevision,
  sourceOf,
  type NewSource,
  type SourceChanges,
  type SourceRow,
} from './source-row.js';

/** So many there can be: each of them is looked at now and then. */
const mostSources = 200;

type Row = Omit<SourceRow, 'ref' | 'signedTagsOnly' | 'trustedSigners' | 'builtIn' | 'faults'> & {
  readonly ref: unknown;
  readonly signedTagsOnly: number;
  readonly trustedSigners: unknown;
  readonly builtIn: number;
  readonly faults: unknown;
};

const columns = `id, name, url, ref, folder, sync_every_seconds syncEverySeconds, signed_tags_only signedTagsOnly, trusted_signers trustedSigners,
  auth_box authBox, built_in builtIn, status, status_message statusMessage, commit_id \`commit\`, ref_object refObject, synced_at syncedAt, faults, revision,
  created_by createdBy, created_at createdAt`;

/** Where recipes come from, as operators handle it. What opens a repository comes in sealed. */
@Injectable()
export class SourcesStore {
  constructor(private readonly dataSource: DataSource) {}

  create(source: NewSource, idempotency: Idempotency | undefined, now: Date): Promise<Source> {
    return inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, async () => {
        const [{ count } = { count: 0 }] = await manager.query<{ count: number | string }[]>(
          'SELECT COUNT(*) count FROM catalogue_sources',
        );
        if (Number(count) >= mostSources) throw new AppError('CONFLICT', `There are ${mostSources} sources, and no more can be`);
        await insert(manager, source, now).catch((error: unknown) => {
          if (!duplicateKey(error)) throw error;
          throw new AppError('CONFLICT', `There is a source ${source.name} already`, { errors: [{ path: 'name', message: 'is taken' }] });
        });
        return sourceOf(await getSource(manager, source.id));
      }),
    );
  }

  /** The one that comes with Klevr; the first replica that starts makes it. */
  async ensureBuiltIn(source: NewSource, now: Date): Promise<SourceRow> {
    await guarded(() =>
      insert(this.dataSource.manager, source, now, true).catch((error: unknown) => {
        if (!duplicateKey(error)) throw error;
      }),
    );
    return this.get(source.name);
  }

  get(idOrName: string): Promise<SourceRow> {
    return guarded(() => getSource(this.dataSource.manager, idOrName));
  }

  async find(name: string): Promise<SourceRow | undefined> {
    return guarded(() => findSource(this.dataSource.manager, name, ''));
  }

  async names(): Promise<string[]> {
    const rows = await guarded(() => this.dataSource.query<{ name: string }[]>('SELECT name FROM catalogue_sources ORDER BY name'));
    return rows.map(({ name }) => name);
  }

  /** In the order of their making. */
  list(limit: number, cursor: string | undefined): Promise<Page<Source>> {
    return guarded(async () => {
      const sql = `SELECT ${columns} FROM catalogue_sources WHERE id > ? ORDER BY id LIMIT ?`;
      const rows = await this.dataSource.query<Row[]>(sql, [cursor ?? '', limit + 1]);
      return page(
        rows.map((row) => sourceOf(rowOf(row))),
        limit,
        ({ id }) => id,
      );
    });
  }

  /** The answer of the first request with this key. */
  answered(idempotency: Idempotency | undefined, source: Source): Promise<Source> {
    if (idempotency === undefined) return Promise.resolve(source);
    return inTransaction(this.dataSource, (manager) => once(manager, idempotencyKeys, idempotency, () => Promise.resolve(source)));
  }

  /** It is read again at once; whoever reads it now as it was before has lost the claim. */
  update(idOrName: string, changes: SourceChanges, ifRevision: number | undefined, now: Date): Promise<Source> {
    return inTransaction(this.dataSource, async (manager) => {
      const before = await getSource(manager, idOrName, 'FOR UPDATE');
      refuseBuiltIn(before, 'changed');
      refuseOtherRevision(before, ifRevision);
      const { after, faults } = changedSource(before, changes);
      if (faults.length > 0) throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: faults });
      await manager.query(
        `UPDATE catalogue_sources SET url = ?, ref = ?, folder = ?, sync_every_seconds = ?, signed_tags_only = ?, trusted_signers = ?, auth_box = ?, revision = ?,
           ref_object = NULL, lease = NULL, lease_until = NULL, next_sync_at = ? WHERE id = ?`,
        [
          ...[after.url, JSON.stringify(after.ref), after.folder, after.syncEverySeconds, after.signedTagsOnly],
          ...[JSON.stringify(after.trustedSigners), after.authBox, after.revision, now, after.id],
        ],
      );
      return sourceOf(after);
    });
  }

  /** Its recipes stay for what is pinned to them, until that is gone. */
  async remove(idOrName: string, ifRevision: number | undefined, now: Date): Promise<void> {
    await inTransaction(this.dataSource, async (manager) => {
      const row = await getSource(manager, idOrName, 'FOR UPDATE');
      refuseBuiltIn(row, 'deleted');
      refuseOtherRevision(row, ifRevision);
      const sql = 'SELECT COUNT(*) count FROM resources WHERE recipe_source = ?';
      const [{ count } = { count: 0 }] = await manager.query<{ count: number | string }[]>(sql, [row.name]);
      if (Number(count) > 0) throw new AppError('CONFLICT', `${count} resources use recipes of the source ${row.name}`);
      await manager.query('UPDATE catalogue_recipes SET gone_at = ? WHERE source_id = ? AND gone_at IS NULL', [now, row.id]);
      await manager.query('DELETE FROM catalogue_sources WHERE id = ?', [row.id]);
    });
  }
}

const insert = (manager: EntityManager, source: NewSource, now: Date, builtIn = false): Promise<unknown> =>
  manager.query(
    `INSERT INTO catalogue_sources (id, name, url, ref, folder, sync_every_seconds, signed_tags_only, trusted_signers, auth_box, built_in, status,
       status_message, next_sync_at, faults, revision, created_by, created_at) VALUES (?)`,
    [
      [
        ...[source.id, source.name, source.url, builtIn ? null : JSON.stringify(source.ref), source.folder, source.syncEverySeconds],
        ...[source.signedTagsOnly, JSON.stringify(source.trustedSigners), source.authBox, builtIn, 'new', 'has not been read yet'],
        ...[builtIn ? null : now, '[]', 1, source.createdBy, now],
      ],
    ],
  );

const findSource = async (manager: EntityManager, idOrName: string, lock: '' | 'FOR UPDATE'): Promise<SourceRow | undefined> => {
  // Ids have an underscore, which no name can have.
  const by = idOrName.includes('_') ? 'id' : 'name';
  const [row] = await manager.query<Row[]>(`SELECT ${columns} FROM catalogue_sources WHERE ${by} = ? ${lock}`, [idOrName]);
  return row && rowOf(row);
};

const getSource = async (manager: EntityManager, idOrName: string, lock: '' | 'FOR UPDATE' = ''): Promise<SourceRow> => {
  const row = await findSource(manager, idOrName, lock);
  if (row === undefined) throw new AppError('NOT_FOUND', 'There is no such source of recipes');
  return row;
};

const rowOf = (row: Row): SourceRow => ({
  ...row,
  ref: row.ref === null ? null : (jsonValue(row.ref) as SourceRef),
  signedTagsOnly: row.signedTagsOnly === 1,
  trustedSigners: jsonValue(row.trustedSigners) as string[],
  builtIn: row.builtIn === 1,
  faults: jsonValue(row.faults) as SourceRow['faults'],
});
