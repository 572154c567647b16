import { RecipeManifest } from '@klevr/contracts/recipe';
import { pieceBytes } from '@klevr/contracts/provision';
import { jsonValue } from '@klevr/persistence/columns';
import { guarded } from '@klevr/persistence/database-errors';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { VersionRow, WholeRow } from './recipe-row.js';

type Row = Omit<VersionRow, 'manifest'> & { readonly manifest: unknown };
export type VersionKey = Omit<VersionRow, 'manifest' | 'archiveBytes'>;

export interface RecipeQuery {
  readonly source?: string | undefined;
  readonly driver?: string | undefined;
  /** Of the source and of the recipe: what comes after it. */
  readonly after: readonly [string, string];
  readonly limit: number;
}

const keys = `s.name source, r.name, r.version, r.digest, r.commit_id \`commit\`, r.synced_at syncedAt, r.gone_at goneAt`;
const columns = `${keys}, r.manifest, r.archive_bytes archiveBytes`;
const from = 'catalogue_recipes r JOIN catalogue_sources s ON s.id = r.source_id';

/** Recipes as they are read. */
@Injectable()
export class RecipesStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Of as many recipes as there may be on a page, those versions that their sources have. */
  async list({ source, driver, after, limit }: RecipeQuery): Promise<VersionRow[][]> {
    const and = [...(source === undefined ? [] : ['(s.name = ? OR s.id = ?)']), ...(driver === undefined ? [] : ['r.driver = ?'])];
    const given = [...(source === undefined ? [] : [source, source]), ...(driver === undefined ? [] : [driver])];
    const names = await this.query<{ source: string; name: string }>(
      `SELECT DISTINCT s.name source, r.name FROM ${from} WHERE ${['r.gone_at IS NULL', '(s.name > ? OR (s.name = ? AND r.name > ?))', ...and].join(' AND ')}
         ORDER BY s.name, r.name LIMIT ?`,
      [after[0], after[0], after[1], ...given, limit],
    );
    if (names.length === 0) return [];
    const pairs = names.map((one) => [one.source, one.name]);
    const rows = await this.query<Row>(`SELECT ${columns} FROM ${from} WHERE r.gone_at IS NULL AND (s.name, r.name) IN (?)`, [pairs]);
    return names.map((one) => rows.filter((row) => row.source === one.source && row.name === one.name).map(versionOf));
  }

  /** All versions, also those that the source has no longer. */
  versions(name: string, source?: string): Promise<VersionKey[]> {
    const where = source === undefined ? '' : 'AND s.name = ?';
    return this.query<VersionKey>(`SELECT ${keys} FROM ${from} WHERE r.name = ? ${where}`, source === undefined ? [name] : [name, source]);
  }

  /** What the source has of names, to say it to who asked for another one. */
  async names(source: string): Promise<string[]> {
    const sql = `SELECT DISTINCT r.name FROM ${from} WHERE s.name = ? AND r.gone_at IS NULL ORDER BY r.name LIMIT 50`;
    return (await this.query<{ name: string }>(sql, [source])).map(({ name }) => name);
  }

  async whole({ source, name, version, digest }: VersionKey): Promise<WholeRow | undefined> {
    const sql = `SELECT ${columns}, r.readme, r.files FROM ${from} WHERE s.name = ? AND r.name = ? AND r.version = ? AND r.digest = ?`;
    const [row] = await this.query<Row & { readme: string | null; files: unknown }>(sql, [source, name, version, digest]);
    return row && { ...versionOf(row), readme: row.readme, files: jsonValue(row.files) as WholeRow['files'] };
  }

  /** Whatever became of its source. */
  async manifestOf(digest: string): Promise<RecipeManifest | undefined> {
    const [row] = await this.query<{ manifest: unknown }>('SELECT manifest FROM catalogue_recipes WHERE digest = ? LIMIT 1', [digest]);
    return row && manifestIn(row.manifest);
  }

  /** A part of an archive from `offset` on, empty past its end; undefined where there is none of that digest. */
  async piece(digest: string, offset: number): Promise<{ data: Buffer; bytes: number } | undefined> {
    const sql = `SELECT (SELECT SUM(LENGTH(data)) FROM catalogue_pieces WHERE digest = ?) bytes, p.data FROM (SELECT 1) one
      LEFT JOIN catalogue_pieces p ON p.digest = ? AND p.piece_offset = ?`;
    const start = offset - (offset % pieceBytes);
    const [row] = await this.query<{ bytes: number | string | null; data: Buffer | null }>(sql, [digest, digest, start]);
    if (row === undefined || row.bytes === null) return undefined;
    return { data: (row.data ?? Buffer.alloc(0)).subarray(offset - start), bytes: Number(row.bytes) };
  }

  private query<Found>(sql: string, values: readonly unknown[]): Promise<Found[]> {
    return guarded(() => this.dataSource.query<Found[]>(sql, [...values]));
  }
}

const versionOf = (row: Row): VersionRow => ({ ...row, manifest: manifestIn(row.manifest) });

/** As it was checked when it was stored, with the defaults of today's version for what came later. */
const manifestIn = (column: unknown): RecipeManifest => RecipeManifest.parse(jsonValue(column));
