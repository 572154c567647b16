import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { effectiveLines, type Setting } from './config-report.js';
import { certificateFile, privateKeyFile } from './pem-file.js';

/**
 * Configuration from the environment: one zod object a service, and the only reader of `process.env`.
 *
 * Promises: every fault is listed at once, by the name of its variable and never with a secret's value; then the process ends with code 78
 * (EX_CONFIG). `--check` prints the effective values, secrets masked, and ends with 0. Each variable can be given as `<NAME>_FILE` instead, the
 * path of a file that holds the value (its last line break is dropped). A variable set to nothing counts as not set.
 * Does not promise: to notice misspelt variables, or changes after the start.
 *
 * A key's variable is `KLEVR_` and the key in capitals (`natsUrl` → `KLEVR_NATS_URL`) unless `env(name, schema)` says otherwise.
 */
export interface ConfigSource {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface ConfigFault {
  readonly env: string;
  readonly message: string;
}

export type ConfigResult<T> = { config: T; settings: Setting[] } | { faults: ConfigFault[] };

const marks = z.registry<{ secret?: true; env?: string }>();

/** Marks a value as secret: shown masked by `--check`. For addresses, only the password in them is masked. */
export const secret = <S extends z.ZodType>(schema: S): S => mark(schema, { secret: true });

/** Names the variable of a key where the rule does not give it. */
export const env = <S extends z.ZodType>(name: string, schema: S): S => mark(schema, { env: name });

/** A list written with commas. */
export const commaList = <S extends z.ZodType<unknown, string>>(item: S) =>
  z
    .string()
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(item).min(1, 'must name at least one'));

const port = z.coerce.number().int().min(0).max(65_535);
const serverUrl = (...protocols: string[]) =>
  z.url({
    protocol: new RegExp(`^(${protocols.join('|')})$`),
    error: `must be an address that starts with ${protocols.map((p) => `${p}://`).join(' or ')}`,
  });

/** What every client of NATS reads. */
export const natsTlsConfig = {
  natsCaFile: certificateFile.optional().describe('of the authority of the NATS servers; turns TLS on, as tls:// in an address does'),
  natsCertFile: certificateFile.optional().describe('shown to NATS servers that want one'),
  natsKeyFile: privateKeyFile.optional().describe('of that certificate'),
};

/** What every service reads; spread it into the service's own object. */
export const commonConfig = {
  instanceId: z.string().min(1).max(64).optional(),
  natsUrl: secret(commaList(serverUrl('nats', 'tls'))),
  natsCredsFile: z.string().optional(),
  natsReplicas: z
    .enum(['1', '3', '5'])
    .default('1')
    .transform(Number)
    .describe('servers that keep each stream and the bucket of primaries'),
  ...natsTlsConfig,
  databaseUrl: secret(serverUrl('mysql', 'mariadb')),
  databaseCaFile: certificateFile.optional().describe('of the authority of MariaDB; turns TLS on, as `?ssl` in the address does'),
  redisUrl: secret(serverUrl('redis', 'rediss').optional()),
  redisCaFile: certificateFile.optional().describe('of the authority of a Redis at rediss://'),
  httpHost: z.string().min(1).default('127.0.0.1'),
  httpPort: port.default(0).describe('0 takes a free port, told in the ready line'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
};

/** Reads the configuration or ends the process: 78 with all faults on stderr, or 0 after `--check`. */
export function loadConfig<S extends z.ZodObject>(schema: S, source: ConfigSource = {}): z.output<S> {
  const argv = source.argv ?? process.argv.slice(2);
  const result = readConfig(schema, source.env ?? process.env);
  const unknown = argv.filter((argument) => argument !== '--check');
  if (unknown.length > 0) return stop(`unknown argument: ${unknown.join(' ')} (only --check is known)`);
  if ('faults' in result) return stop(...result.faults.map((fault) => `${fault.env}: ${fault.message}`));
  if (argv.includes('--check')) {
    process.stdout.write(`${effectiveLines(result.settings).join('\n')}\n`);
    process.exit(0);
  }
  return result.config;
}

/** The pure part: values or faults, no exit. */
export function readConfig<S extends z.ZodObject>(schema: S, environment: NonNullable<ConfigSource['env']>): ConfigResult<z.output<S>> {
  const faults: ConfigFault[] = [];
  const raw: Record<string, string> = {};
  const settings: Setting[] = [];
  for (const [key, field] of Object.entries<z.core.$ZodType>(schema.shape)) {
    const { env: name = variableOf(key), secret: masked = false } = marksOf(field);
    const found = readVariable(name, environment);
    if ('fault' in found) faults.push({ env: name, message: found.fault });
    else if (found.value !== undefined) raw[key] = found.value;
    settings.push({ key, env: name, secret: masked, origin: found.origin, value: undefined });
  }
  const unreadable = new Set(faults.map((fault) => fault.env));
  const parsed = schema.safeParse(raw);
  for (const issue of parsed.error?.issues ?? []) {
    const key = String(issue.path[0] ?? '');
    const name = settings.find((setting) => setting.key === key)?.env ?? key;
    if (unreadable.has(name)) continue;
    faults.push({ env: name, message: key in raw || key === '' ? issue.message : 'is required and not set' });
  }
  if (!parsed.success || faults.length > 0) return { faults };
  const values: Record<string, unknown> = parsed.data;
  return { config: parsed.data, settings: settings.map((setting) => ({ ...setting, value: values[setting.key] })) };
}

type Found = { origin: Setting['origin']; value?: string } | { origin: Setting['origin']; fault: string };

function readVariable(name: string, environment: NonNullable<ConfigSource['env']>): Found {
  const value = environment[name] || undefined;
  const path = environment[`${name}_FILE`] || undefined;
  if (value !== undefined && path !== undefined)
    return { origin: 'environment', fault: `is set, and ${name}_FILE as well; set one of them` };
  if (value !== undefined) return { origin: 'environment', value };
  if (path === undefined) return { origin: 'default' };
  try {
    return { origin: 'file', value: readFileSync(path, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    return { origin: 'file', fault: `${name}_FILE cannot be read: ${String(error)}` };
  }
}

function mark<S extends z.ZodType>(schema: S, meta: { secret?: true; env?: string }): S {
  marks.add(schema, { ...marks.get(schema), ...meta });
  return schema;
}

/** Marks stay with a schema that is made optional or given a default afterwards. */
function marksOf(field: z.core.$ZodType): { secret?: true; env?: string } {
  const own = marks.get(field) ?? {};
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault || field instanceof z.ZodNullable)
    return { ...marksOf(field.unwrap()), ...own };
  return own;
}

const variableOf = (key: string): string => `KLEVR_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

function stop(...lines: string[]): never {
  process.stderr.write(`The configuration has faults:\n${lines.map((line) => `  ${line}\n`).join('')}`);
  process.exit(78);
}
