import { AppError, type Fault } from '@klevr/contracts/errors';
import { checkSpec } from '@klevr/drivers/spec-schemas';
import { unpack } from '@klevr/recipes/archive';
import { checkParameters } from '@klevr/recipes/check-parameters';
import { credentialsUsed, renderSpec } from '@klevr/recipes/render';
import { Injectable } from '@nestjs/common';
import { RecipeShelf, type CheckedParameters, type OpenRecipe, type RecipeRef, type ShelvedRecipe } from '../resources/recipe-shelf.js';
import { newest, newestFirst } from './recipe-row.js';
import { RecipesStore } from './recipes.store.js';
import { SourcesStore } from './sources.store.js';

/** Stand-ins for what is not known yet, when a resource is checked before it is made. */
const resource = { id: 'res_00000000000000000000000000', name: 'name', zone: 'zone' };
const anySecret = { get: () => 'secret' };

/** What resources ask of the catalogue. */
@Injectable()
export class CatalogueShelf extends RecipeShelf {
  constructor(
    private readonly sources: SourcesStore,
    private readonly recipes: RecipesStore,
  ) {
    super();
  }

  async find({ source, name, version }: RecipeRef): Promise<ShelvedRecipe> {
    const from = await this.sources.find(source);
    if (from === undefined) throw faulty('recipe.source', `is not known; there are ${listed(await this.sources.names())}`);
    const all = await this.recipes.versions(name, from.name);
    if (all.length === 0)
      throw faulty('recipe.name', `is not known to ${from.name}; it has ${listed(await this.recipes.names(from.name))}`);
    const found = newest(version === undefined ? all : all.filter((one) => one.version === version));
    const row = found && (await this.recipes.whole(found));
    if (row === undefined) {
      throw faulty('recipe.version', `is not known; there are ${listed([...new Set(newestFirst(all).map((one) => one.version))])}`);
    }
    const { manifest, digest, commit } = row;
    return {
      pinned: { source: from.name, name, version: row.version, commit, digest, driver: manifest.driver },
      bytes: row.archiveBytes,
      sensitiveOutputs: Object.keys(manifest.outputs).filter((output) => manifest.outputs[output]?.sensitive),
      observeEverySeconds: manifest.observeEverySeconds,
    };
  }

  async check({ pinned }: ShelvedRecipe, given: Record<string, unknown>): Promise<CheckedParameters> {
    const manifest = await this.recipes.manifestOf(pinned.digest);
    if (manifest === undefined) throw gone(pinned);
    const checked = checkParameters(manifest, given);
    const refused = (faults: readonly Fault[]): CheckedParameters => ({ parameters: given, credentials: [], faults });
    if ('faults' in checked)
      return refused(checked.faults.map(({ path, message }) => ({ path: path.replace(/^parameters\.?/, ''), message })));
    const { parameters } = checked;
    const named = credentialsUsed({ manifest, parameters, resource }, checked.credentials);
    const rendered = renderSpec({ manifest, parameters, resource, secrets: anySecret });
    const wrong = 'faults' in rendered ? rendered.faults : checkSpec(manifest.driver, rendered.value);
    const faults = [...('faults' in named ? named.faults : []), ...wrong];
    if (faults.length > 0)
      return refused(unique(faults.map(({ path, message }) => ({ path: '', message: `do not fit the recipe: ${path}: ${message}` }))));
    return { parameters: { ...parameters }, credentials: 'value' in named ? named.value : [], faults: [] };
  }

  async open({ pinned }: ShelvedRecipe): Promise<OpenRecipe> {
    const manifest = await this.recipes.manifestOf(pinned.digest);
    const parts: Buffer[] = [];
    for (let [offset, end] = [0, 1]; manifest !== undefined && offset < end;) {
      const piece = await this.recipes.piece(pinned.digest, offset);
      if (piece === undefined || piece.data.length === 0) throw gone(pinned);
      parts.push(piece.data);
      offset += piece.data.length;
      end = piece.bytes;
    }
    if (manifest === undefined) throw gone(pinned);
    return { manifest, files: await unpack(Buffer.concat(parts), pinned.digest) };
  }
}

const gone = ({ name, version }: ShelvedRecipe['pinned']): AppError =>
  new AppError('CONFLICT', `The recipe ${name} ${version} is not in the catalogue any more`);

const faulty = (path: string, message: string): AppError =>
  new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [{ path, message }] });

const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));

const unique = (faults: readonly Fault[]): Fault[] => [...new Map(faults.map((fault) => [fault.message, fault])).values()];
