import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecipeFault } from '@klevr/contracts/catalogue';
import { lintRecipe, type CheckSpec } from '@klevr/recipes/lint-recipe';
import { manifestFile } from '@klevr/recipes/read-recipe';
import { readFolder } from '@klevr/recipes/recipe-files';

export interface LintedFolder {
  readonly recipes: number;
  readonly faults: readonly RecipeFault[];
  readonly warnings: readonly RecipeFault[];
}

const deepest = 8;

/** Every recipe below a folder, which may be one itself. Files are told relative to the folder. */
export const lintFolder = async (folder: string, checkSpec: CheckSpec): Promise<LintedFolder> => {
  const linted = { recipes: 0, faults: [] as RecipeFault[], warnings: [] as RecipeFault[] };
  const versions = new Map<string, string>();
  for (const path of await recipesBelow(folder, '')) {
    linted.recipes += 1;
    const named = (all: readonly RecipeFault[]): RecipeFault[] => all.map((one) => ({ ...one, file: join(path, one.file) }));
    const { files, faults } = await readFolder(join(folder, path));
    if (faults.length > 0) {
      linted.faults.push(...named(faults));
      continue;
    }
    const { recipe, ...found } = lintRecipe(files, checkSpec);
    linted.faults.push(...named(found.faults));
    linted.warnings.push(...named(found.warnings));
    if (recipe === undefined) continue;
    const key = `${recipe.manifest.name} ${recipe.manifest.version}`;
    const twin = versions.get(key);
    const at = recipe.source.at(['version']);
    if (twin !== undefined) linted.faults.push({ file: join(path, manifestFile), ...at, message: `${key} is in ${twin} already` });
    versions.set(key, versions.get(key) ?? join(path, manifestFile));
  }
  return linted;
};

/** As a sync finds them: what lies below a recipe belongs to it. */
const recipesBelow = async (folder: string, path: string, depth = 0): Promise<string[]> => {
  const entries = await readdir(join(folder, path), { withFileTypes: true });
  if (entries.some(({ name }) => name === manifestFile)) return [path];
  if (depth === deepest) return [];
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  const found: string[] = [];
  for (const name of folders.toSorted()) found.push(...(await recipesBelow(folder, join(path, name), depth + 1)));
  return found;
};
