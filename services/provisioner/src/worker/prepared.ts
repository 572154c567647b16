import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '@klevr/contracts/errors';
import type { HealthCheck } from '@klevr/contracts/recipe';
import type { RecipeFiles, RenderedFile } from '@klevr/drivers/driver';
import { checkParameters } from '@klevr/recipes/check-parameters';
import { pathFault } from '@klevr/recipes/recipe-files';
import { renderFile, renderHealth, renderOutputs, renderSpec, type Rendered, type Spec } from '@klevr/recipes/render';
import type { SecretValue } from '@klevr/recipes/secret';
import type { OpenRecipe } from './recipe-cache.js';

/** What does not fit together: a recipe, parameters, secrets. Every fault is in the message. */
export class CannotBePrepared extends Error {
  override readonly name = 'CannotBePrepared';
}

export interface PrepareFor {
  readonly resource: { readonly id: string; readonly name: string };
  readonly zoneName: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlyMap<string, SecretValue>;
}

/** A recipe with the values of one resource in it. Without the secrets themselves (fingerprints alone) it serves to plan and to observe. */
export interface Prepared {
  readonly spec: Spec;
  readonly files: RecipeFiles;
  readonly outputs: (observed: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  readonly health: (outputs: Readonly<Record<string, unknown>>) => readonly HealthCheck[];
}

export const prepare = (recipe: OpenRecipe, { resource: { id, name }, zoneName, parameters: given, secrets }: PrepareFor): Prepared => {
  const { manifest } = recipe;
  const checked = checkParameters(manifest, given);
  if ('faults' in checked) throw refused(checked.faults);
  const common = { manifest, parameters: checked.parameters, resource: { id, name, zone: zoneName } };
  return {
    spec: valueOf(renderSpec({ ...common, secrets })),
    files: filesOf(recipe, (path, files) => valueOf(renderFile({ ...common, path, files, secrets }))),
    outputs: (observed) => valueOf(renderOutputs({ ...common, observed })),
    health: (outputs) => valueOf(renderHealth({ ...common, outputs })),
  };
};

const filesOf = (
  { files, folder }: OpenRecipe,
  render: (path: string, files: { read(path: string): string | undefined }) => RenderedFile,
): RecipeFiles => {
  const texts = { read: (path: string) => files.find((file) => file.path === path)?.data.toString('utf8') };
  const read = async (path: string): Promise<Buffer> => {
    const wrong = pathFault(path);
    if (wrong !== undefined) throw new CannotBePrepared(`${path} ${wrong}`);
    return files.find((file) => file.path === path)?.data ?? readFile(join(folder, path));
  };
  return {
    folder,
    list: () => files.map(({ path }) => path),
    read,
    render: async (path) => {
      if (path.endsWith('.liquid')) return render(path, texts);
      const text = (await read(path)).toString('utf8');
      return { text, sensitive: false, known: true, digest: createHash('sha256').update(text).digest('hex') };
    },
  };
};

const valueOf = <T>(rendered: Rendered<T>): T => {
  if ('faults' in rendered) throw refused(rendered.faults);
  return rendered.value;
};

const refused = (faults: readonly Fault[]): CannotBePrepared =>
  new CannotBePrepared(faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '));
