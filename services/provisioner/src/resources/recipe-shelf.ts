import type { Fault } from '@klevr/contracts/errors';
import type { RecipeManifest } from '@klevr/contracts/recipe';
import type { Resource } from '@klevr/contracts/resource';
import type { RecipeFile } from '@klevr/recipes/recipe-files';

/** A recipe as resources are pinned to it: enough to send it to a worker and to judge what comes back, whatever becomes of its source. */
export interface ShelvedRecipe {
  readonly pinned: Resource['recipe'];
  /** Of the gzipped tar that workers fetch by `pinned.digest`. */
  readonly bytes: number;
  readonly sensitiveOutputs: readonly string[];
  readonly observeEverySeconds: number;
}

export interface RecipeRef {
  readonly source: string;
  readonly name: string;
  readonly version?: string | undefined;
}

/** What a resource's parameters come to: with the schema's defaults filled in, and the names of the credentials that the recipe needs with them. */
export interface CheckedParameters {
  readonly parameters: Record<string, unknown>;
  readonly credentials: readonly string[];
  /** All of them at once; `path` within the parameters (`ports.0`), empty for the object itself. */
  readonly faults: readonly Fault[];
}

/** What a recipe says, and its folder. */
export interface OpenRecipe {
  readonly manifest: RecipeManifest;
  readonly files: readonly RecipeFile[];
}

/**
 * What resources ask of the catalogue. Provided by the catalogue's part of this service.
 * Promises: a digest that was given out once is found as long as a resource or one of its revisions names it.
 */
export abstract class RecipeShelf {
  /** The newest version where none is named. Throws BAD_REQUEST at `recipe.source`, `recipe.name` or `recipe.version`, saying what there is instead. */
  abstract find(ref: RecipeRef): Promise<ShelvedRecipe>;
  /** Of the recipe with this digest, also where a newer one has taken its place. */
  abstract check(recipe: ShelvedRecipe, parameters: Record<string, unknown>): Promise<CheckedParameters>;
  /** For what the centre does by itself. Throws CONFLICT where it is not there any more. */
  abstract open(recipe: ShelvedRecipe): Promise<OpenRecipe>;
}
