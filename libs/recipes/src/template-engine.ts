import { createHash } from 'node:crypto';
import { Context, Liquid, Output, toValue, toValueSync, type Template } from 'liquidjs';
import { Secret, type SecretValue } from './secret.js';

/** Where the values of credentials come from; a Map does. */
export interface Secrets {
  get(name: string): SecretValue | undefined;
}

export interface RenderedText {
  readonly text: string;
  /** A secret had a part in it. */
  readonly sensitive: boolean;
  /** Whether all secrets were at hand; the text has `***` in place of those that were not. */
  readonly known: boolean;
  /** SHA-256 of the text with fingerprints in place of secrets: the same whether they were at hand or not. */
  readonly digest: string;
}

/** Of those templates that belong to the recipe's folder. */
export interface TemplateFiles {
  /** Undefined where there is no such file. */
  read(path: string): string | undefined;
}

export type Variables = Readonly<Record<string, unknown>>;

const limits = { parseLimit: 16 * 1024 * 1024, memoryLimit: 64 * 1024 * 1024, renderLimit: 2_000 };
/** Tags, outputs and texts between them, each as often as a loop comes to it. */
const mostRendered = 100_000;

/** What they give depends on when or how often they are asked, and the same plan has to come out the same. */
const notOffered = ['date', 'date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string', 'sample'];

/**
 * Liquid, as recipes have it.
 * Promises: an unknown variable or filter is an error, except as what `default` or `if` is asked about; only own properties of values are seen; nothing is read
 * but the given files; the same variables give the same. Does not: end in time whatever the template says (see `bounded`), or quote for a shell, as nothing of it
 * may reach one.
 */
export class TemplateEngine {
  private readonly liquid: Liquid;
  /** Those that the present text has used. */
  private readonly used = new Map<string, Secret>();
  private shown: 'values' | 'fingerprints' = 'values';

  constructor(
    private readonly variables: Variables,
    private readonly secrets?: Secrets,
    private readonly options: { readonly files?: TemplateFiles; readonly salt?: string } = {},
  ) {
    this.liquid = new Liquid({
      ...{ strictVariables: true, strictFilters: true, ownPropertyOnly: true, lenientIf: true, timezoneOffset: 0, locale: 'en-US' },
      ...{ root: ['.'], relativeReference: false, fs: fileSystem(options.files ?? { read: () => undefined }) },
      ...{ ...limits, globals: { ...variables } },
    });
    for (const name of notOffered) this.liquid.unregisterFilter(name);
    this.liquid.registerFilter('json', asJson);
    this.liquid.registerFilter('yaml', asJson);
    this.liquid.registerFilter('secret', (name: unknown) => this.reveal(name));
  }

  parse(text: string, file?: string): Template[] {
    return this.liquid.parse(text, file);
  }

  /** The value itself where the text is one `{{ … }}` and nothing else; undefined for nil. What the filter `secret` had a part in comes as a Secret. */
  value(text: string): unknown {
    this.used.clear();
    const value = this.typed(text);
    if (this.used.size === 0) return value;
    const names = [...this.used.keys()].join(', ');
    const [known, fingerprint] = [this.known(), this.digest(() => asText(this.typed(text)))];
    return new Secret(names, known ? { text: asText(value), fingerprint } : { fingerprint });
  }

  text(text: string, file?: string): RenderedText {
    this.used.clear();
    const rendered = this.render(text, file);
    const sensitive = this.used.size > 0;
    return {
      text: rendered,
      sensitive,
      known: this.known(),
      digest: sensitive ? this.digest(() => this.render(text, file)) : sha256(rendered),
    };
  }

  secret(name: string): Secret {
    if (this.secrets === undefined) throw new Error('credentials cannot be used here');
    const value = this.secrets.get(name);
    if (value === undefined) throw new Error(`${name} is no credential that the resource uses`);
    return new Secret(name, value, this.options.salt);
  }

  /** Names that come from outside of the template, each as its path: `['parameters', 'port']`. */
  uses(text: string, file?: string): readonly (readonly unknown[])[] {
    const { globals } = this.liquid.analyzeSync(this.parse(text, file), { partials: false });
    return Object.values(globals).flatMap((found) => found.map(({ segments }) => segments));
  }

  private reveal(name: unknown): string {
    if (typeof name !== 'string') throw new Error('this is not the name of a credential');
    const secret = this.used.get(name) ?? this.secret(name);
    this.used.set(name, secret);
    if (this.shown === 'fingerprints') return secret.fingerprint;
    return secret.known ? secret.reveal() : '***';
  }

  private known(): boolean {
    return [...this.used.values()].every((secret) => secret.known);
  }

  private digest(render: () => string): string {
    this.shown = 'fingerprints';
    try {
      return sha256(render());
    } finally {
      this.shown = 'values';
    }
  }

  private typed(text: string): unknown {
    const [only, ...others] = this.parse(text);
    if (!(only instanceof Output) || others.length > 0) return this.render(text);
    return plain(toValueSync(only.value.value(this.context(), false)));
  }

  private render(text: string, file?: string): string {
    return String(this.liquid.renderSync(this.parse(text, file), { ...this.variables }, { templateLimit: mostRendered }));
  }

  private context(): Context {
    return new Context({ ...this.variables }, this.liquid.options, { sync: true }, { liquid: this.liquid });
  }
}

/** JSON is YAML too, where the characters are escaped that only JSON takes as they are. It is one line, so no value can leave its place. */
const asJson = (value: unknown): string =>
  JSON.stringify(value ?? null).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const plain = (given: unknown): unknown => {
  const value: unknown = toValue(given);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error('gives no number');
    return value;
  }
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

const fileSystem = (files: TemplateFiles) => {
  const read = (path: string): string => {
    const text = files.read(path);
    if (text === undefined) throw new Error(`there is no file ${path} in the recipe`);
    return text;
  };
  return {
    ...{ sep: '/', dirname: () => '.', resolve: (_folder: string, path: string) => path },
    exists: (path: string) => Promise.resolve(files.read(path) !== undefined),
    existsSync: (path: string) => files.read(path) !== undefined,
    readFile: (path: string) => Promise.resolve(read(path)),
    readFileSync: read,
  };
};
