import type { RecipeFault } from '@klevr/contracts/catalogue';
import { RecipeManifest } from '@klevr/contracts/recipe';
import { bounded } from './bounded.js';
import { ParameterSchema, type Schema } from './parameter-schema.js';
import { fault, faultsOfFiles, readFolder, type RecipeFile } from './recipe-files.js';
import { messageOf } from './render.js';
import { TemplateFaults } from './template-faults.js';
import { YamlSource, type Path } from './yaml-source.js';
import { faultOf } from './check-parameters.js';

export const manifestFile = 'recipe.yaml';

export interface GoodRecipe {
  readonly manifest: RecipeManifest;
  readonly files: readonly RecipeFile[];
  readonly source: YamlSource;
  /** Top-level parameters that a template names; `*` where one is named by a variable. */
  readonly usedParameters: ReadonlySet<string>;
}

export type ReadRecipe = GoodRecipe | { readonly faults: readonly RecipeFault[] };

/**
 * A recipe from the files of its folder.
 * Promises: either a recipe whose manifest, schema and templates are sound, or every fault that can be told, with file, line and column where there are such.
 * Reads nothing but the given files. Does not: know what the driver makes of `spec`; that is for `lintRecipe`.
 */
export const readRecipe = (files: readonly RecipeFile[]): ReadRecipe => {
  const ofFiles = faultsOfFiles(files.map(({ path, data }) => ({ path, bytes: data.length })));
  if (ofFiles.length > 0) return { faults: ofFiles };
  const file = files.find(({ path }) => path === manifestFile);
  if (file === undefined) return { faults: [fault(manifestFile, 'is missing')] };
  const source = YamlSource.read(manifestFile, file.data);
  if ('faults' in source) return source;
  const parsed = RecipeManifest.safeParse(source.value ?? {});
  if (!parsed.success) return { faults: parsed.error.issues.flatMap((issue) => faultsOfIssue(source, issue)) };
  const manifest = parsed.data;
  try {
    return bounded(() => checked(manifest, files, source));
  } catch (error) {
    return { faults: [fault(manifestFile, messageOf(error))] };
  }
};

export const readRecipeFolder = async (folder: string): Promise<ReadRecipe> => {
  const { files, faults } = await readFolder(folder);
  return faults.length > 0 ? { faults } : readRecipe(files);
};

export const faultAt = (source: YamlSource, path: Path, message: string, of: 'key' | 'value' = 'value'): RecipeFault => {
  const { line, column } = source.at(path, of);
  return fault(manifestFile, path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`, line, column);
};

const checked = (manifest: RecipeManifest, files: readonly RecipeFile[], source: YamlSource): ReadRecipe => {
  const templates = new TemplateFaults(manifest).ofManifest();
  const faults = [
    ...faultsOfSchema(source, manifest.parameters),
    ...templates.faults.map(({ path, message, onKey }) => faultAt(source, path, message, onKey ? 'key' : 'value')),
  ];
  const parts = partsOf(files);
  for (const { path, data } of files) {
    if (!path.endsWith('.liquid')) continue;
    const text = data.toString('utf8');
    if (text.includes('\uFFFD')) faults.push(fault(path, 'is not UTF-8'));
    else
      faults.push(...templates.ofFile(path, text, parts.has(path)).map(({ message, line, column }) => fault(path, message, line, column)));
  }
  return faults.length > 0 ? { faults } : { manifest, files, source, usedParameters: templates.used };
};

/** Templates that others name, to include them. */
export const partsOf = (files: readonly RecipeFile[]): ReadonlySet<string> => {
  const templates = files.filter(({ path }) => path.endsWith('.liquid'));
  const named = (path: string): boolean => templates.some(({ data }) => data.includes(`'${path}'`) || data.includes(`"${path}"`));
  return new Set(templates.map(({ path }) => path).filter(named));
};

const faultsOfSchema = (source: YamlSource, schema: Schema): RecipeFault[] => {
  const compiled = ParameterSchema.compile(schema);
  if ('faults' in compiled) return compiled.faults.map(({ path, message }) => faultAt(source, ['parameters', ...path], message));
  // Defaults that do not fit would be found by the first who relies on them.
  const properties = (schema['properties'] ?? {}) as Record<string, unknown>;
  return compiled
    .check({})
    .errors.map(faultOf)
    .flatMap(({ path, message }) => {
      const name = path.split('.')[1] ?? '';
      const property = properties[name];
      if (typeof property !== 'object' || property === null || !('default' in property)) return [];
      return [faultAt(source, ['parameters', 'properties', name, 'default'], `does not fit: ${path}: ${message}`)];
    });
};

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

const faultsOfIssue = (source: YamlSource, issue: Issue): RecipeFault[] => {
  if (issue.code !== 'unrecognized_keys') return [faultAt(source, issue.path, issue.message)];
  return (issue.keys ?? []).map((key) => faultAt(source, [...issue.path, key], 'is not known', 'key'));
};
