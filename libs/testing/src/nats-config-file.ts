import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { natsTrustOf } from '@klevr/messaging/auth/account-jwt';
import type { NatsIdentity } from '@klevr/messaging/auth/nats-identity';
import { natsServerConfigText, type NatsServerTls } from '@klevr/messaging/auth/nats-server-config';

export interface NatsConfigFile {
  /** Of the server; its files in the folder are called by it. */
  readonly name: string;
  /** Whose keys it trusts. */
  readonly identity: NatsIdentity;
  readonly maxMemoryBytes?: number;
  readonly tls?: NatsServerTls;
  /** What else stands in it, such as the other servers of a cluster. */
  readonly more?: string;
}

/** Writes the configuration of a nats-server for tests, as an installation has it, and answers its path. */
export async function writeNatsConfig(
  folder: string,
  { name, identity, maxMemoryBytes = 64 * 1024 ** 2, tls, more = '' }: NatsConfigFile,
): Promise<string> {
  const text = natsServerConfigText({
    trust: await natsTrustOf(identity),
    serverName: name,
    resolverFolder: join(folder, `${name}-accounts`),
    // Every stream reserves its limit, and each test file has streams of its own; nothing near it is ever written.
    maxFileBytes: 1024 ** 4,
    maxMemoryBytes,
    ...(tls === undefined ? {} : { tls }),
  });
  const path = join(folder, `${name}.conf`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${text}${more}`, { mode: 0o600 });
  return path;
}
