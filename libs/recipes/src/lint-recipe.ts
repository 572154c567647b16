import type { RecipeFault } from '@klevr/contracts/catalogue';
import type { Fault } from '@klevr/contracts/errors';
import type { DriverName } from '@klevr/contracts/recipe';
import { bounded, TookTooLong } from './bounded.js';
import { checkParameters } from './check-parameters.js';
import { faultAt, manifestFile, partsOf, readRecipe, type GoodRecipe } from './read-recipe.js';
import { fault, type RecipeFile } from './recipe-files.js';
import { renderFile, renderSpec, type Spec } from './render.js';

export interface Linted {
  readonly faults: readonly RecipeFault[];
  /** What an author should mend, and what stops nothing. */
  readonly warnings: readonly RecipeFault[];
  readonly recipe: GoodRecipe | undefined;
}

/** What a driver says of a rendered section. Paths are those inside of it. */
export type CheckSpec = (driver: DriverName, spec: Spec, files: readonly string[]) => readonly Fault[];

/** Stands for every credential. */
const anySecret = { get: () => 'secret' };
const resource = { id: 'res_00000000000000000000000000', name: 'example', zone: 'example' };

/** For all of a recipe: each of its parts has a time of its own, but there may be a thousand of them. */
const mostMs = 10_000;

/**
 * All that can be said of a recipe without an engine: it is read, and each of its examples is checked, rendered and shown to the driver; so is what the defaults
 * alone give, where nothing else is required. Promises: it ends in time, whatever the recipe says; nothing else of this process runs meanwhile.
 */
export const lintRecipe = (files: readonly RecipeFile[], checkSpec: CheckSpec = () => [], ms = mostMs): Linted => {
  try {
    return bounded(() => linted(files, checkSpec), ms);
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    return {
      faults: [fault(manifestFile, `the recipe with its examples and templates ${error.message}`)],
      warnings: [],
      recipe: undefined,
    };
  }
};

const linted = (files: readonly RecipeFile[], checkSpec: CheckSpec): Linted => {
  const recipe = readRecipe(files);
  if ('faults' in recipe) return { faults: recipe.faults, warnings: [], recipe: undefined };
  const faults: RecipeFault[] = [];
  const paths = files.map(({ path }) => path);
  for (const [index, example] of examplesOf(recipe).entries()) {
    const at = index < recipe.manifest.examples.length ? ['examples', index] : [];
    const add = (path: string, message: string): unknown => faults.push(faultAt(recipe.source, at, `${path}: ${message}`));
    const checked = checkParameters(recipe.manifest, example);
    if ('faults' in checked) {
      if (at.length > 0) checked.faults.forEach(({ path, message }) => add(path, message));
      continue;
    }
    const given = { manifest: recipe.manifest, parameters: checked.parameters, resource, secrets: anySecret };
    const rendered = renderSpec(given);
    const wrong =
      'faults' in rendered
        ? rendered.faults
        : checkSpec(recipe.manifest.driver, rendered.value, paths).map(({ path, message }) => ({
            path: path === '' ? 'spec' : `spec.${path}`,
            message,
          }));
    for (const { path, message } of wrong) {
      const exact = faultAt(recipe.source, path.split('.'), message);
      faults.push({
        ...exact,
        message: at.length > 0 ? `${exact.message} (with example ${index + 1})` : `${exact.message} (with the defaults)`,
      });
    }
    faults.push(...faultsOfFiles(recipe, given));
  }
  return { faults: unique(faults), warnings: warningsOf(recipe), recipe };
};

const examplesOf = ({ manifest }: GoodRecipe): Record<string, unknown>[] => [...manifest.examples, {}];

/** Parts are rendered with the files that include them. */
const faultsOfFiles = ({ files }: GoodRecipe, given: Parameters<typeof renderSpec>[0]): RecipeFault[] => {
  const templates = new Map(files.filter(({ path }) => path.endsWith('.liquid')).map(({ path, data }) => [path, data.toString('utf8')]));
  const parts = partsOf(files);
  return [...templates.keys()].flatMap((path) => {
    if (parts.has(path)) return [];
    const rendered = renderFile({ ...given, path, files: { read: (name) => templates.get(name) } });
    return 'faults' in rendered ? rendered.faults.map(({ message }) => fault(path, message)) : [];
  });
};

const warningsOf = ({ manifest, source, usedParameters, files }: GoodRecipe): RecipeFault[] => {
  const warnings: RecipeFault[] = [];
  const properties = (manifest.parameters['properties'] ?? {}) as Record<string, unknown>;
  for (const [name, property] of Object.entries(properties)) {
    const at = ['parameters', 'properties', name];
    const described = typeof property === 'object' && property !== null && ('description' in property || '$ref' in property);
    if (!described) warnings.push(faultAt(source, at, 'has no description', 'key'));
    if (!usedParameters.has(name) && !usedParameters.has('*')) warnings.push(faultAt(source, at, 'is used nowhere', 'key'));
  }
  for (const [name, { value, description }] of Object.entries(manifest.outputs)) {
    if (value === undefined || value === null || value === '') warnings.push(faultAt(source, ['outputs', name], 'has no value', 'key'));
    if (description === '') warnings.push(faultAt(source, ['outputs', name], 'has no description', 'key'));
  }
  if (manifest.examples.length === 0) warnings.push(faultAt(source, [], 'has no examples, so only its defaults were tried'));
  if (manifest.driver === 'shell' && manifest.health.length > 0)
    warnings.push(faultAt(source, ['health'], 'is looked at by nobody: a status script tells how it is', 'key'));
  if (!files.some(({ path }) => path === 'README.md')) warnings.push(fault('README.md', 'is missing'));
  return warnings;
};

const unique = (faults: readonly RecipeFault[]): RecipeFault[] => [...new Map(faults.map((one) => [JSON.stringify(one), one])).values()];
