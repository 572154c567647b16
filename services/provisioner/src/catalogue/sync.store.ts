import { newId } from '@klevr/contracts/ids';
import type { RecipeFault } from '@klevr/contracts/catalogue';
import { pieceBytes } from '@klevr/contracts/provision';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { GatheredRecipe, KnownRecipes, RecipeContent } from './gathered.js';

/** What a sync found. Recipes are undefined where nothing is new, or nothing could be read. */
export interface SyncResult {
  readonly status: 'synced' | 'failed';
  readonly message: string;
  readonly commit?: string;
  readonly refObject?: string;
  readonly recipes?: readonly GatheredRecipe[];
  readonly faults?: readonly RecipeFault[];
}

interface Due {
  readonly id: string;
}

const removedAtOnce = 200;

/**
 * Who reads a source, and what came of it.
 * Promises: of all replicas one has the claim to a source, for as long as its lease; what it found counts only while it has it, and is stored as a whole.
 */
@Injectable()
export class SyncStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Undefined where another has it. */
  async claim(sourceId: string, now: Date, leaseUntil: Date): Promise<string | undefined> {
    const lease = newId('message');
    // Should this one die, somebody looks at it when the lease is over.
    const sql = `UPDATE catalogue_sources SET lease = ?, lease_until = ?, next_sync_at = ?, status = 'syncing'
      WHERE id = ? AND (lease IS NULL OR lease_until < ?)`;
    const values = [lease, leaseUntil, leaseUntil, sourceId, now];
    const { affectedRows } = await guarded(() => this.dataSource.query<{ affectedRows: number }>(sql, values));
    return affectedRows === 1 ? lease : undefined;
  }

  /** Nothing came of it; another replica may begin at once. */
  async release(sourceId: string, lease: string, now: Date): Promise<void> {
    const sql = 'UPDATE catalogue_sources SET lease = NULL, lease_until = NULL, next_sync_at = ? WHERE id = ? AND lease = ?';
    await guarded(() => this.dataSource.query(sql, [now, sourceId, lease]));
  }

  /** Answers false where the claim was lost, and stores nothing then. */
  finish(sourceId: string, lease: string, result: SyncResult, now: Date): Promise<boolean> {
    return inTransaction(this.dataSource, async (manager) => {
      const { commit, refObject, faults } = result;
      const sets = [
        ...['status = ?', 'status_message = ?', 'lease = NULL', 'lease_until = NULL'],
        'next_sync_at = IF(built_in OR sync_every_seconds IS NULL, NULL, ? + INTERVAL sync_every_seconds SECOND)',
        ...(result.status === 'synced' ? ['synced_at = ?'] : []),
        ...(commit === undefined ? [] : ['commit_id = ?']),
        ...(refObject === undefined ? [] : ['ref_object = ?']),
        ...(faults === undefined ? [] : ['faults = ?']),
      ];
      const values = [
        ...[result.status, result.message.slice(0, 2_000), now],
        ...(result.status === 'synced' ? [now] : []),
        ...[commit, refObject, faults && JSON.stringify(faults)].filter((value) => value !== undefined),
      ];
      const sql = `UPDATE catalogue_sources SET ${sets.join(', ')} WHERE id = ? AND lease = ?`;
      const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, [...values, sourceId, lease]);
      if (affectedRows === 0) return false;
      if (result.recipes !== undefined) await store(manager, { sourceId, commit: commit ?? '', now }, result.recipes);
      return true;
    });
  }

  /** What the source has, or had. */
  async known(sourceId: string): Promise<KnownRecipes> {
    const sql = 'SELECT digest, name, version FROM catalogue_recipes WHERE source_id = ?';
    const rows = await guarded(() => this.dataSource.query<{ digest: string; name: string; version: string }[]>(sql, [sourceId]));
    return new Map(rows.map(({ digest, name, version }) => [digest, { name, version }]));
  }

  async due(now: Date, limit: number): Promise<string[]> {
    const sql = `SELECT id FROM catalogue_sources WHERE next_sync_at <= ? AND (lease IS NULL OR lease_until < ?) ORDER BY next_sync_at LIMIT ?`;
    return (await guarded(() => this.dataSource.query<Due[]>(sql, [now, now, limit]))).map(({ id }) => id);
  }

  async nextTime(): Promise<Date | undefined> {
    const sql =
      'SELECT MIN(GREATEST(next_sync_at, IFNULL(lease_until, next_sync_at))) next FROM catalogue_sources WHERE next_sync_at IS NOT NULL';
    const [row] = await guarded(() => this.dataSource.query<{ next: Date | null }[]>(sql));
    return row?.next ?? undefined;
  }

  /** Recipes that have been gone for long and that nothing is pinned to, with their archives. Answers the last one looked at, undefined at the end. */
  removeUnused(goneBefore: Date, after: string): Promise<string | undefined> {
    return inTransaction(this.dataSource, async (manager) => {
      const rows = await manager.query<{ digest: string }[]>(
        'SELECT DISTINCT digest FROM catalogue_recipes WHERE gone_at < ? AND digest > ? ORDER BY digest LIMIT ?',
        [goneBefore, after, removedAtOnce],
      );
      if (rows.length === 0) return undefined;
      const all = rows.map(({ digest }) => digest);
      const used = new Set<string>();
      for (const table of ['resources', 'resource_revisions']) {
        const pinned = `JSON_VALUE(recipe, '$.pinned.digest')`;
        const found = await manager.query<{ digest: string }[]>(`SELECT DISTINCT ${pinned} digest FROM ${table} WHERE ${pinned} IN (?)`, [
          all,
        ]);
        for (const { digest } of found) used.add(digest);
      }
      const unused = all.filter((digest) => !used.has(digest));
      if (unused.length > 0) {
        await manager.query('DELETE FROM catalogue_recipes WHERE digest IN (?) AND gone_at < ?', [unused, goneBefore]);
        await manager.query(
          'DELETE p FROM catalogue_pieces p LEFT JOIN catalogue_recipes r ON r.digest = p.digest WHERE p.digest IN (?) AND r.digest IS NULL',
          [unused],
        );
      }
      return all.at(-1);
    });
  }
}

interface Origin {
  readonly sourceId: string;
  readonly commit: string;
  readonly now: Date;
}

const store = async (manager: EntityManager, origin: Origin, recipes: readonly GatheredRecipe[]): Promise<void> => {
  const { sourceId, commit, now } = origin;
  for (const { name, version, digest, content } of recipes) {
    if (content !== undefined) await insert(manager, origin, { name, version, digest, content });
    else {
      const sql = `UPDATE catalogue_recipes SET commit_id = ?, synced_at = ?, gone_at = NULL WHERE source_id = ? AND name = ? AND version = ? AND digest = ?`;
      const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, [commit, now, sourceId, name, version, digest]);
      // Undone, and read again when the lease is over.
      if (affectedRows === 0) throw new Error(`the recipe ${name} ${version} was removed while its source was read`);
    }
  }
  const present = recipes.map(({ name, version, digest }) => [name, version, digest]);
  const others = present.length === 0 ? '' : 'AND (name, version, digest) NOT IN (?)';
  await manager.query(`UPDATE catalogue_recipes SET gone_at = ? WHERE source_id = ? AND gone_at IS NULL ${others}`, [
    ...[now, sourceId, ...(present.length === 0 ? [] : [present])],
  ]);
};

const insert = async (
  manager: EntityManager,
  { sourceId, commit, now }: Origin,
  { name, version, digest, content }: GatheredRecipe & { readonly content: RecipeContent },
): Promise<void> => {
  const bytes = await storePieces(manager, digest, content.archive);
  const { manifest, readme, files } = content;
  await manager.query(
    `INSERT INTO catalogue_recipes (source_id, name, version, digest, driver, manifest, readme, files, archive_bytes, commit_id, synced_at, gone_at)
       VALUES (?) ON DUPLICATE KEY UPDATE commit_id = VALUES(commit_id), synced_at = VALUES(synced_at), gone_at = NULL`,
    [
      [
        ...[sourceId, name, version, digest, manifest.driver, JSON.stringify(manifest), readme, JSON.stringify(files), bytes],
        ...[commit, now, null],
      ],
    ],
  );
};

/** Answers how large the archive is that is stored: one that was there may have been packed by another version of the library. */
const storePieces = async (manager: EntityManager, digest: string, archive: Buffer): Promise<number> => {
  const sql = 'SELECT LENGTH(data) bytes FROM catalogue_pieces WHERE digest = ? FOR UPDATE';
  const there = await manager.query<{ bytes: number }[]>(sql, [digest]);
  if (there.length > 0) return there.reduce((sum, { bytes }) => sum + Number(bytes), 0);
  for (let offset = 0; offset < archive.length; offset += pieceBytes) {
    const piece = archive.subarray(offset, offset + pieceBytes);
    await manager.query('INSERT INTO catalogue_pieces (digest, piece_offset, data) VALUES (?, ?, ?)', [digest, offset, piece]);
  }
  return archive.length;
};
