import { createHash } from 'node:crypto';
import { Secret } from '@klevr/recipes/secret';
import { stringify } from 'yaml';

/** A file of a stack as it shall be. */
export interface StackFile {
  /** Its name as a part of the resource: `config/prometheus.yml`. */
  readonly part: string;
  readonly path: string;
  readonly mode: number;
  /** A secret is in it: nobody else may read it, and plans do not show it. */
  readonly sensitive: boolean;
  /** Undefined where a secret of it is not on this worker now. */
  readonly text: string | undefined;
  /** The same for the same text, without being it. */
  readonly fingerprint: string;
}

/** A text of the recipe's folder, rendered. */
export interface RecipeFile {
  readonly path: string;
  readonly text: string;
  readonly sensitive: boolean;
  readonly digest: string;
  readonly known: boolean;
}

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

const modes = { plain: 0o640, secret: 0o600 };

export const plainFile = (part: string, path: string, text: string): StackFile => ({
  ...{ part, path, text, mode: modes.plain, sensitive: false, fingerprint: sha256(text) },
});

export const secretFile = (part: string, path: string, secret: Secret): StackFile => ({
  ...{ part, path, mode: modes.secret, sensitive: true },
  text: secret.known ? secret.reveal() : undefined,
  fingerprint: secret.fingerprint,
});

export const renderedFile = (part: string, path: string, { text, sensitive, digest, known }: Omit<RecipeFile, 'path'>): StackFile => ({
  ...{ part, path, sensitive, mode: sensitive ? modes.secret : modes.plain, text: known ? text : undefined },
  fingerprint: digest,
});

/** YAML of values among which secrets may be. */
export const yamlFile = (part: string, path: string, content: unknown): StackFile => {
  const secrets: Secret[] = [];
  collect(content, secrets);
  const withFingerprints = yaml(content, (secret) => secret.fingerprint);
  if (secrets.length === 0) return plainFile(part, path, withFingerprints);
  const text = secrets.every(({ known }) => known) ? yaml(content, (secret) => secret.reveal()) : undefined;
  return { part, path, text, mode: modes.secret, sensitive: true, fingerprint: sha256(withFingerprints) };
};

const collect = (value: unknown, found: Secret[]): void => {
  if (value instanceof Secret) found.push(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) collect(inner, found);
};

const yaml = (content: unknown, show: (secret: Secret) => string): string =>
  `# Written by Klevr: what is changed here by hand is put back.\n${stringify(plain(content, show), { lineWidth: 0, aliasDuplicateObjects: false })}`;

const plain = (value: unknown, show: (secret: Secret) => string): unknown => {
  if (value instanceof Secret) return show(value);
  if (Array.isArray(value)) return value.map((inner) => plain(inner, show));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner, show)]));
};
