import type { RecipeManifest } from '@klevr/contracts/recipe';
import { credentialIn, messageOf } from './render.js';
import { TemplateEngine } from './template-engine.js';
import type { Path } from './yaml-source.js';

export interface TemplateFault {
  readonly path: Path;
  readonly onKey: boolean;
  readonly message: string;
}

/** What templates may name. `true`: whatever is below it is known only when it is rendered. */
type Names = Readonly<Record<string, ReadonlySet<string> | true>>;

const resourceNames = new Set(['id', 'name', 'zone']);

/** Undefined where the schema takes more than it declares. */
const parameterNames = ({ parameters }: Pick<RecipeManifest, 'parameters'>): ReadonlySet<string> | true => {
  const open = [
    'additionalProperties',
    'unevaluatedProperties',
    'patternProperties',
    'allOf',
    'anyOf',
    'oneOf',
    'if',
    '$ref',
    'dependentSchemas',
  ];
  if (open.some((keyword) => keyword in parameters && parameters[keyword] !== false)) return true;
  return new Set(Object.keys((parameters['properties'] as object | undefined) ?? {}));
};

/**
 * What is wrong with a recipe's templates before there are any values, and which parameters they use.
 * Finds: faults of the syntax, unknown filters and names, templates in keys. Does not: follow `render` and `include`, or know of which type a value will be.
 */
export class TemplateFaults {
  readonly faults: TemplateFault[] = [];
  readonly used = new Set<string>();
  private readonly engine = new TemplateEngine({});
  private readonly ofSpec: Names;

  constructor(private readonly manifest: RecipeManifest) {
    this.ofSpec = { parameters: parameterNames(manifest), resource: resourceNames };
  }

  ofManifest(): this {
    const outputs = new Set(Object.keys(this.manifest.outputs));
    this.inside(this.manifest.spec, ['spec'], this.ofSpec);
    for (const [name, { value }] of Object.entries(this.manifest.outputs)) {
      this.inside(value, ['outputs', name, 'value'], { ...this.ofSpec, observed: true });
    }
    this.inside(this.manifest.health, ['health'], { ...this.ofSpec, outputs });
    return this;
  }

  /** A part is what other files include: it may be given more names by them. */
  ofFile(path: string, text: string, isPart: boolean): { line: number | null; column: number | null; message: string }[] {
    try {
      return this.faultsOfNames(this.engine.uses(text, path), this.ofSpec, isPart).map((message) => ({
        line: null,
        column: null,
        message,
      }));
    } catch (error) {
      const position = positionIn(error);
      return [{ line: position?.[0] ?? null, column: position?.[1] ?? null, message: withoutPlace(error) }];
    }
  }

  private inside(node: unknown, path: Path, names: Names): void {
    if (typeof node === 'string') this.text(node, path, names);
    else if (Array.isArray(node)) node.forEach((item, index) => this.inside(item, [...path, index], names));
    else if (typeof node === 'object' && node !== null) {
      if (Object.hasOwn(node, 'fromCredential')) {
        if (credentialIn(node) === undefined) this.add(path, 'must have `fromCredential` alone, and a text in it', true);
        else if (path[0] !== 'spec') this.add(path, 'credentials can be used in `spec` only');
        // Which credentials a resource uses must be told by its parameters alone.
        this.textOf([...path, 'fromCredential'], credentialIn(node), { parameters: names['parameters'] ?? true });
        return;
      }
      for (const [key, value] of Object.entries(node)) {
        if (/\{\{|\{%/.test(key)) this.add([...path, key], 'keys cannot be templates', true);
        this.inside(value, [...path, key], names);
      }
    }
  }

  private textOf(path: Path, text: string | undefined, names: Names): void {
    if (text !== undefined) this.text(text, path, names);
  }

  private text(text: string, path: Path, names: Names): void {
    if (!/\{\{|\{%/.test(text)) return;
    try {
      for (const message of this.faultsOfNames(this.engine.uses(text), names)) this.add(path, message);
      if (path[0] !== 'spec' && /\|\s*secret\b/.test(text)) this.add(path, 'credentials can be used in `spec` and in files only');
    } catch (error) {
      this.add(path, withoutPlace(error));
    }
  }

  private faultsOfNames(uses: readonly (readonly unknown[])[], names: Names, others = false): string[] {
    const faults = uses.flatMap(([root, name]) => {
      const known = names[String(root)];
      if (known === undefined) return others ? [] : [`${String(root)} is not known here; ${Object.keys(names).join(', ')} are`];
      if (root === 'parameters') {
        // One that is named by a variable may be any.
        if (typeof name === 'string') this.used.add(name);
        else this.used.add('*');
      }
      return known === true || typeof name !== 'string' || known.has(name) ? [] : [`${String(root)}.${name} is not declared`];
    });
    return [...new Set(faults)];
  }

  private add(path: Path, message: string, onKey = false): void {
    if (this.faults.length < 100) this.faults.push({ path, onKey, message });
  }
}

const positionIn = (error: unknown): readonly [number, number] | undefined => {
  const token = (error as { token?: { getPosition?: () => [number, number] } }).token;
  return token?.getPosition?.();
};

const withoutPlace = (error: unknown): string => messageOf(error).replace(/(, file:.*)?, line:\d+, col:\d+$/s, '');
