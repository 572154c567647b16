import { neededPayloadBytes } from '../payload-limit.js';
import type { AccountJwt, NatsTrust } from './account-jwt.js';

/**
 * The text of a nats-server configuration in operator mode.
 *
 * Promises: only users of the given operator's accounts can connect; JetStream syncs each write to disk before it is acknowledged (the
 * server's default loses acknowledged writes on power failure) unless told otherwise; dead connections are noticed after 10–15 s.
 * Does not: write the file, configure a cluster. Host and port may also be given on the command line (`-a`, `-p`), which wins; the
 * store folder (`-sd`) in one of the two places only.
 */
export interface NatsServerConfigOptions {
  readonly trust: NatsTrust;
  /** Without spaces; unique in a cluster. */
  readonly serverName: string;
  /** Default loopback: a server that others reach says so. */
  readonly host?: string;
  readonly port?: number;
  readonly storeFolder?: string;
  /** Where the server keeps the account JWTs that are pushed to it. */
  readonly resolverFolder: string;
  readonly maxFileBytes: number;
  readonly maxMemoryBytes: number;
  readonly maxPayloadBytes?: number;
  readonly syncAlways?: boolean;
  readonly lameDuckSeconds?: number;
  /** TLS for clients, and nothing else for them. */
  readonly tls?: NatsServerTls;
  readonly extraAccounts?: readonly AccountJwt[];
}

export interface NatsServerTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** Of the authority that signed the clients' certificates: with it, each client must show one. */
  readonly clientCaFile?: string;
}

const maxAccounts = 1_000;

export const natsServerConfigText = (options: NatsServerConfigOptions): string => {
  const accounts = [options.trust.systemAccount, options.trust.mainAccount, ...(options.extraAccounts ?? [])];
  const lines = [
    `server_name: ${quoted(options.serverName)}`,
    `host: ${quoted(options.host ?? '127.0.0.1')}`,
    ...(options.port === undefined ? [] : [`port: ${options.port}`]),
    `max_payload: ${options.maxPayloadBytes ?? neededPayloadBytes}`,
    'ping_interval: "5s"',
    'ping_max: 2',
    // The grace period must be shorter than the duration; the server demands both in whole seconds.
    `lame_duck_duration: "${Math.max(options.lameDuckSeconds ?? 30, 30)}s"`,
    'lame_duck_grace_period: "1s"',
    ...(options.tls === undefined ? [] : tlsLines(options.tls)),
    'jetstream {',
    ...(options.storeFolder === undefined ? [] : [`  store_dir: ${quoted(options.storeFolder)}`]),
    `  max_file_store: ${options.maxFileBytes}`,
    `  max_memory_store: ${options.maxMemoryBytes}`,
    ...((options.syncAlways ?? true) ? ['  sync_interval: always'] : []),
    '}',
    `operator: ${options.trust.operatorJwt}`,
    `system_account: ${options.trust.systemAccount.publicKey}`,
    'resolver {',
    '  type: full',
    `  dir: ${quoted(options.resolverFolder)}`,
    '  allow_delete: true',
    '  interval: "2m"',
    `  limit: ${maxAccounts}`,
    '}',
    'resolver_preload {',
    ...accounts.map(({ publicKey, jwt }) => `  ${publicKey}: ${jwt}`),
    '}',
  ];
  return `${lines.join('\n')}\n`;
};

const tlsLines = ({ certFile, keyFile, clientCaFile }: NatsServerTls): string[] => [
  'tls {',
  `  cert_file: ${quoted(certFile)}`,
  `  key_file: ${quoted(keyFile)}`,
  '  min_version: "1.2"',
  ...(clientCaFile === undefined ? [] : [`  ca_file: ${quoted(clientCaFile)}`, '  verify: true']),
  '}',
];

/** A string of the configuration language: in double quotes `$NAME` is no variable, and a backslash escapes. */
const quoted = (text: string): string => {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new RangeError('a control character in a configuration value');
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
};
