import type { Fault } from '@klevr/contracts/errors';
import { CredentialName } from '@klevr/contracts/credential';
import { HealthCheck, type RecipeManifest } from '@klevr/contracts/recipe';
import { bounded } from './bounded.js';
import type { Secret } from './secret.js';
import { TemplateEngine, type RenderedText, type Secrets, type TemplateFiles, type Variables } from './template-engine.js';

/**
 * What a recipe says, with the values of a resource in it.
 * Promises: the shape of a section is the recipe's alone. A value stands where the template has it, and is never read as a template, a key, a credential's name or
 * a part of the text around it; a text that is one `{{ … }}` gives the value with its type, and one that gives nil is left out. Every fault comes at once, with its path.
 * Does not: check what the driver makes of it.
 */
export interface RenderedResource {
  readonly id: string;
  readonly name: string;
  /** Its name. */
  readonly zone: string;
}

export type Rendered<T> = { readonly value: T } | { readonly faults: readonly Fault[] };

interface Given {
  readonly manifest: RecipeManifest;
  /** As `checkParameters` gave them. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly resource: RenderedResource;
}

export type Spec = Readonly<Record<string, unknown>>;

export const renderSpec = ({ manifest, parameters, resource, secrets }: Given & { readonly secrets: Secrets }): Rendered<Spec> =>
  renderTree(manifest.spec, 'spec', { parameters, resource }, secrets) as Rendered<Spec>;

/** What outputs say of what was observed. No secret can get into one by way of a template. */
export const renderOutputs = ({
  manifest,
  parameters,
  resource,
  observed,
}: Given & { readonly observed: Readonly<Record<string, unknown>> }): Rendered<Record<string, unknown>> => {
  const values = Object.fromEntries(Object.entries(manifest.outputs).map(([name, { value }]) => [name, value]));
  return renderTree(values, 'outputs', { parameters, resource, observed }) as Rendered<Record<string, unknown>>;
};

export const renderHealth = ({
  manifest,
  parameters,
  resource,
  outputs,
}: Given & { readonly outputs: Readonly<Record<string, unknown>> }): Rendered<HealthCheck[]> => {
  const rendered = renderTree(manifest.health, 'health', { parameters, resource, outputs });
  if ('faults' in rendered) return rendered;
  const checked = HealthCheck.array().safeParse(withPorts(rendered.value));
  if (checked.success) return { value: checked.data };
  return { faults: checked.error.issues.map(({ path, message }) => ({ path: ['health', ...path].join('.'), message })) };
};

/** A file of the recipe whose name ends in `.liquid`. */
export const renderFile = ({
  path,
  files,
  parameters,
  resource,
  secrets,
}: Omit<Given, 'manifest'> & {
  readonly path: string;
  readonly files: TemplateFiles;
  readonly secrets: Secrets;
}): Rendered<RenderedText> => {
  const source = files.read(path);
  if (source === undefined) return { faults: [{ path, message: 'is not among the files of the recipe' }] };
  return attempted(path, () => new TemplateEngine({ parameters, resource }, secrets, { files, salt: resource.id }).text(source, path));
};

/** Names of the credentials that a resource uses: those that its parameters name, and those that the recipe's section does. */
export const credentialsUsed = (given: Given, ofParameters: readonly string[]): Rendered<readonly string[]> => {
  const names = new Set(ofParameters);
  const listening: Secrets = {
    get: (name) => {
      names.add(name);
      return '';
    },
  };
  const rendered = renderSpec({ ...given, secrets: listening });
  return 'faults' in rendered ? rendered : { value: [...names].toSorted() };
};

const mostFaults = 100;

const renderTree = (
  tree: unknown,
  at: string,
  variables: Variables & { readonly resource: RenderedResource },
  secrets?: Secrets,
): Rendered<unknown> => {
  const faults: Fault[] = [];
  const engine = new TemplateEngine(variables, secrets, { salt: variables.resource.id });
  const told = (path: string, work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Error) || error.name === 'TookTooLong') throw error;
      if (faults.length < mostFaults) faults.push({ path, message: messageOf(error) });
      return undefined;
    }
  };
  const inside = (node: unknown, path: string): unknown => {
    if (typeof node === 'string') return told(path, () => engine.value(node));
    if (Array.isArray(node)) return node.map((item, index) => inside(item, `${path}.${index}`)).filter((item) => item !== undefined);
    if (typeof node !== 'object' || node === null) return node;
    const credential = credentialIn(node);
    if (credential !== undefined) return told(path, () => secretOf(engine.value(credential), engine));
    const entries = Object.entries(node).map(([key, value]) => [key, inside(value, `${path}.${key}`)] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  };
  const done = attempted(at, () => {
    faults.length = 0;
    return inside(tree, at);
  });
  return faults.length > 0 ? { faults } : done;
};

export const credentialIn = (node: object): string | undefined => {
  const [only, ...others] = Object.entries(node) as [string, unknown][];
  return only?.[0] === 'fromCredential' && others.length === 0 && typeof only[1] === 'string' ? only[1] : undefined;
};

/** One that names nothing is none: an optional credential. */
const secretOf = (name: unknown, engine: TemplateEngine): Secret | undefined => {
  if (name === undefined) return undefined;
  const named = CredentialName.safeParse(name);
  if (!named.success) throw new Error('is not the name of a credential');
  return engine.secret(named.data);
};

const attempted = <T>(path: string, work: () => T): Rendered<T> => {
  try {
    return { value: bounded(work) };
  } catch (error) {
    return { faults: [{ path, message: messageOf(error) }] };
  }
};

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 1_000);

/** `port: '{{ parameters.port }}'` gives a number; one that was put together from parts is a text of digits. */
const withPorts = (checks: unknown): unknown =>
  Array.isArray(checks)
    ? checks.map((check: Record<string, unknown>) =>
        typeof check['port'] === 'string' && /^\d{1,5}$/.test(check['port']) ? { ...check, port: Number(check['port']) } : check,
      )
    : checks;
