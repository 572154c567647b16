import type { LintRecipe, LintReport, Recipe, RecipeSummary } from '@klevr/contracts/catalogue';
import type { PageQuery } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Linter } from '../linter.service.js';
import { page, refuseForeignCursor, type Page } from '../page.js';
import { newest, recipeOf, summaryOf } from './recipe-row.js';
import { RecipesStore } from './recipes.store.js';
import { builtInName } from './source-row.js';
import { SourcesStore } from './sources.store.js';

const Cursor = z.string().regex(new RegExp(`^[a-z0-9-]{1,63}/[a-z0-9-]{1,63}$`));

/** Recipes as people and workers read them. */
@Injectable()
export class RecipesService {
  constructor(
    private readonly sources: SourcesStore,
    private readonly recipes: RecipesStore,
    private readonly linter: Linter,
  ) {}

  /** By the names of their sources, then by their own. */
  async list({
    source,
    driver,
    cursor,
    limit,
  }: PageQuery & { source?: string | undefined; driver?: string | undefined }): Promise<Page<RecipeSummary>> {
    refuseForeignCursor(cursor, Cursor);
    const [afterSource = '', afterName = ''] = cursor?.split('/') ?? [];
    const found = await this.recipes.list({ source, driver, after: [afterSource, afterName], limit: limit + 1 });
    const items = found.map(summaryOf).filter((one) => one !== undefined);
    return page(items, limit, (one) => `${one.source}/${one.name}`);
  }

  async get({ name, source, version }: { name: string; source?: string | undefined; version?: string | undefined }): Promise<Recipe> {
    const from = source === undefined ? undefined : (await this.sources.get(source)).name;
    const all = await this.recipes.versions(name, from);
    const sources = [...new Set(all.map((one) => one.source))].toSorted();
    const chosen = from ?? (sources.includes(builtInName) ? builtInName : sources[0]);
    if (from === undefined && chosen !== builtInName && sources.length > 1) {
      throw new AppError('CONFLICT', `Several sources have a recipe ${name}: ${sources.join(', ')}; name one of them`);
    }
    const ofSource = all.filter((one) => one.source === chosen);
    const found = newest(version === undefined ? ofSource : ofSource.filter((one) => one.version === version));
    const row = found && (await this.recipes.whole(found));
    if (row === undefined)
      throw new AppError('NOT_FOUND', `There is no recipe ${name}${version === undefined ? '' : ` in version ${version}`}`);
    return recipeOf(row, ofSource);
  }

  /** Bytes that come to a worker, which knows the digest from its signed command. */
  async piece({ digest, offset }: { digest: string; offset: number }): Promise<{ data: string; bytes: number }> {
    const piece = await this.recipes.piece(digest, offset);
    if (piece === undefined) throw new AppError('NOT_FOUND', 'There is no recipe with this digest');
    return { data: piece.data.toString('base64'), bytes: piece.bytes };
  }

  async lint({ files }: LintRecipe): Promise<LintReport> {
    const read = files.map(({ path, data }) => ({ path, data: Buffer.from(data, 'base64'), executable: false }));
    return { faults: [...(await this.linter.lint(read)).faults] };
  }
}
