import type { RecipeFault } from '@klevr/contracts/catalogue';
import { recipeLimits } from '@klevr/contracts/recipe';
import { manifestFile } from '@klevr/recipes/read-recipe';
import { fault, faultsOfFiles } from '@klevr/recipes/recipe-files';

/** An entry of a commit's tree, as `git ls-tree -r -z -l` tells it. */
export interface TreeEntry {
  readonly mode: string;
  readonly object: string;
  readonly bytes: number;
  readonly path: string;
}

/** The files of one recipe; `path` of each is relative to `folder`. */
export interface RecipeFolder {
  readonly folder: string;
  readonly entries: readonly TreeEntry[];
}

export const sourceLimits = { recipes: 500, bytes: 64 * 1024 * 1024 } as const;

/** Somebody mends some of them, and hears of the others then. */
const mostFaults = 1_000;

export const entriesOf = (listing: string): TreeEntry[] =>
  listing
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', , object = '', bytes = ''] = line.slice(0, tab).split(/ +/);
      return { mode, object, bytes: Number(bytes) || 0, path: line.slice(tab + 1) };
    });

/**
 * Which folders are recipes: those with a `recipe.yaml`, at any depth; what lies below one belongs to it. A recipe with a link, a submodule or too much in it is a
 * fault and not among them, and hides none of the others.
 */
export const recipeFolders = (entries: readonly TreeEntry[], within: string): { folders: RecipeFolder[]; faults: RecipeFault[] } => {
  const prefix = within === '' ? '' : `${within.replace(/\/+$/, '')}/`;
  const inside = entries.filter(({ path }) => path.startsWith(prefix));
  const roots = inside
    .map(({ path }) => path)
    .filter((path) => path === `${prefix}${manifestFile}` || path.endsWith(`/${manifestFile}`))
    .map((path) => path.slice(0, -manifestFile.length))
    .toSorted();
  const faults: RecipeFault[] = [];
  const folders: RecipeFolder[] = [];
  let bytes = 0;
  for (const [root, found] of filesOf(roots, inside)) {
    if (faults.length >= mostFaults) break;
    const wrong = [
      ...found.flatMap(({ path, mode }) => (mode === '100644' || mode === '100755' ? [] : [fault(path, kindFault(mode))])),
      ...faultsOfFiles(found),
    ];
    bytes += found.reduce((sum, entry) => sum + Math.min(entry.bytes, recipeLimits.bytes), 0);
    if (wrong.length > 0) faults.push(...wrong.map((one) => ({ ...one, file: `${root}${one.file}` })));
    else if (folders.length >= sourceLimits.recipes)
      faults.push(fault(`${root}${manifestFile}`, `is more than the ${sourceLimits.recipes} recipes that a source may have`));
    else if (bytes > sourceLimits.bytes)
      faults.push(fault(`${root}${manifestFile}`, `is past the ${sourceLimits.bytes} bytes that a source may have`));
    else folders.push({ folder: root, entries: found });
  }
  return { folders, faults };
};

/**
 * Of each outermost root its entries, relative to it. Both lists are gone through once, in the order of their names, where whatever begins alike stands together: a tree
 * of some bytes can name a million folders.
 */
const filesOf = (sortedRoots: readonly string[], entries: readonly TreeEntry[]): Map<string, TreeEntry[]> => {
  const byRoot = new Map<string, TreeEntry[]>();
  let outer: string | undefined;
  for (const root of sortedRoots) {
    if (outer !== undefined && root.startsWith(outer)) continue;
    outer = root;
    byRoot.set(root, []);
  }
  const outermost = [...byRoot.keys()];
  let at = 0;
  for (const entry of entries.toSorted((one, other) => (one.path < other.path ? -1 : 1))) {
    while (at + 1 < outermost.length && (outermost[at + 1] ?? '') <= entry.path) at += 1;
    const root = outermost[at];
    if (root !== undefined && entry.path.startsWith(root)) byRoot.get(root)?.push({ ...entry, path: entry.path.slice(root.length) });
  }
  return byRoot;
};

const kindFault = (mode: string): string =>
  mode === '120000'
    ? 'is a link; a recipe has files and folders only'
    : mode === '160000'
      ? 'is a submodule; a recipe has files and folders only'
      : 'is not a file';
