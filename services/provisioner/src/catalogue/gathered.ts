import type { RecipeFault } from '@klevr/contracts/catalogue';
import type { RecipeManifest } from '@klevr/contracts/recipe';
import { pack } from '@klevr/recipes/archive';
import { lintRecipe, type CheckSpec } from '@klevr/recipes/lint-recipe';
import { manifestFile } from '@klevr/recipes/read-recipe';
import { fault, type RecipeFile } from '@klevr/recipes/recipe-files';

/** A good recipe of a source, ready to be stored. */
export interface NewRecipe {
  readonly manifest: RecipeManifest;
  readonly digest: string;
  readonly archive: Buffer;
  readonly readme: string | null;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

const readmeBytes = 256 * 1024;
const mostFaults = 500;

/** Takes the recipes of a source one by one. A bad one is a fault and hides no good one; of two with the same name and version the first counts. */
export class Gathered {
  private readonly byVersion = new Map<string, NewRecipe & { readonly folder: string }>();
  private readonly wrong: RecipeFault[] = [];

  constructor(private readonly checkSpec: CheckSpec) {}

  get recipes(): readonly NewRecipe[] {
    return [...this.byVersion.values()];
  }

  get faults(): readonly RecipeFault[] {
    const more = this.wrong.length - mostFaults;
    return more > 0 ? [...this.wrong.slice(0, mostFaults), fault('', `and ${more} faults more`)] : this.wrong;
  }

  refuse(...faults: readonly RecipeFault[]): void {
    this.wrong.push(...faults);
  }

  /** `folder` ends in `/` unless it is the root. */
  async take(folder: string, files: readonly RecipeFile[]): Promise<void> {
    const { faults, recipe } = lintRecipe(files, this.checkSpec);
    if (recipe === undefined || faults.length > 0) return this.refuse(...faults.map((one) => ({ ...one, file: `${folder}${one.file}` })));
    const { manifest } = recipe;
    const key = `${manifest.name} ${manifest.version}`;
    const twin = this.byVersion.get(key);
    if (twin !== undefined) {
      const { line, column } = recipe.source.at(['version']);
      return this.refuse(fault(`${folder}${manifestFile}`, `${key} is in ${twin.folder}${manifestFile} already`, line, column));
    }
    const { data, digest } = await pack(files);
    const readme =
      files
        .find(({ path }) => path === 'README.md')
        ?.data.subarray(0, readmeBytes)
        .toString('utf8') ?? null;
    this.byVersion.set(key, {
      ...{ folder, manifest, digest, archive: data, readme },
      files: files.map(({ path, data: content }) => ({ path, bytes: content.length })),
    });
  }
}
