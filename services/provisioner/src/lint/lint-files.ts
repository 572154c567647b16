import type { RecipeFault } from '@klevr/contracts/catalogue';
import type { RecipeManifest } from '@klevr/contracts/recipe';
import { lintRecipe, type CheckSpec } from '@klevr/recipes/lint-recipe';
import type { RecipeFile } from '@klevr/recipes/recipe-files';

/** What is told of a recipe's files; of one without faults, what it is. Plain data, as it crosses threads. */
export interface LintedFiles {
  readonly faults: readonly RecipeFault[];
  readonly recipe?: {
    readonly manifest: RecipeManifest;
    readonly versionAt: { readonly line: number | null; readonly column: number | null };
  };
}

export const lintFiles = (files: readonly RecipeFile[], checkSpec: CheckSpec): LintedFiles => {
  const { faults, recipe } = lintRecipe(files, checkSpec);
  if (recipe === undefined || faults.length > 0) return { faults };
  const { line, column } = recipe.source.at(['version']);
  return { faults, recipe: { manifest: recipe.manifest, versionAt: { line, column } } };
};
