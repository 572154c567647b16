import type { RecipeFault } from '@klevr/contracts/catalogue';
import type { RecipeManifest } from '@klevr/contracts/recipe';
import { pack } from '@klevr/recipes/archive';
import { manifestFile } from '@klevr/recipes/read-recipe';
import { digestOf, fault, type RecipeFile } from '@klevr/recipes/recipe-files';
import type { LintedFiles } from '../lint/lint-files.js';

/** A good recipe of a source. */
export interface GatheredRecipe {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  /** Undefined where it is stored already. */
  readonly content: RecipeContent | undefined;
}

export interface RecipeContent {
  readonly manifest: RecipeManifest;
  readonly archive: Buffer;
  readonly readme: string | null;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** By digest, what was taken before: it need not be looked at again. */
export type KnownRecipes = ReadonlyMap<string, Pick<GatheredRecipe, 'name' | 'version'>>;

const readmeBytes = 256 * 1024;
const mostFaults = 500;
/** They are stored in one row and told in one answer, and keys and paths of a hostile recipe are as long as it likes. */
const mostFaultBytes = 256 * 1024;

/** Takes the recipes of a source one by one. A bad one is a fault and hides no good one; of two with the same name and version the first counts. */
export class Gathered {
  private readonly byVersion = new Map<string, GatheredRecipe & { readonly folder: string }>();
  private readonly wrong: RecipeFault[] = [];

  constructor(
    private readonly lint: (files: readonly RecipeFile[]) => Promise<LintedFiles> | LintedFiles,
    private readonly known: KnownRecipes,
  ) {}

  get recipes(): readonly GatheredRecipe[] {
    return [...this.byVersion.values()];
  }

  get faults(): readonly RecipeFault[] {
    const told: RecipeFault[] = [];
    let bytes = 0;
    for (const { file, message, ...place } of this.wrong.slice(0, mostFaults)) {
      const short = { file: file.slice(0, 512), message: message.slice(0, 1_000), ...place };
      bytes += Buffer.byteLength(JSON.stringify(short));
      if (bytes > mostFaultBytes) break;
      told.push(short);
    }
    const more = this.wrong.length - told.length;
    return more > 0 ? [...told, fault('', `and ${more} faults more`)] : told;
  }

  refuse(...faults: readonly RecipeFault[]): void {
    this.wrong.push(...faults);
  }

  /** `folder` ends in `/` unless it is the root. */
  async take(folder: string, files: readonly RecipeFile[]): Promise<void> {
    const digest = digestOf(files);
    const known = this.known.get(digest);
    if (known !== undefined) return this.add({ ...known, digest, content: undefined, folder });
    const { faults, recipe } = await this.lint(files);
    if (recipe === undefined) return this.refuse(...faults.map((one) => ({ ...one, file: `${folder}${one.file}` })));
    const { manifest, versionAt } = recipe;
    const readme =
      files
        .find(({ path }) => path === 'README.md')
        ?.data.subarray(0, readmeBytes)
        .toString('utf8') ?? null;
    const content = {
      ...{ manifest, archive: (await pack(files)).data, readme },
      files: files.map(({ path, data }) => ({ path, bytes: data.length })),
    };
    this.add({ name: manifest.name, version: manifest.version, digest, content, folder }, versionAt.line, versionAt.column);
  }

  private add(recipe: GatheredRecipe & { readonly folder: string }, line: number | null = null, column: number | null = null): void {
    const key = `${recipe.name} ${recipe.version}`;
    const twin = this.byVersion.get(key);
    if (twin === undefined) this.byVersion.set(key, recipe);
    else this.refuse(fault(`${recipe.folder}${manifestFile}`, `${key} is in ${twin.folder}${manifestFile} already`, line, column));
  }
}
