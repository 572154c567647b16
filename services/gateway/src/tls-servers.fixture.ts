import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startNats } from '@klevr/launcher/private-nats';
import type { PrivateServer } from '@klevr/launcher/private-server';
import type { ServerProgram } from '@klevr/launcher/server-binaries';
import { natsTrustOf } from '@klevr/messaging/auth/account-jwt';
import type { NatsIdentity } from '@klevr/messaging/auth/nats-identity';
import { natsServerConfigText, type NatsServerTls } from '@klevr/messaging/auth/nats-server-config';

export interface SecuredNats {
  readonly program: ServerProgram;
  readonly identity: NatsIdentity;
  readonly dir: string;
  readonly tls: NatsServerTls;
}

/** A NATS server with TLS, which trusts the keys of an identity. */
export async function startSecuredNats({ program, identity, dir, tls }: SecuredNats): Promise<PrivateServer> {
  const configFile = join(dir, 'nats.conf');
  const text = natsServerConfigText({
    trust: await natsTrustOf(identity),
    serverName: 'secured',
    resolverFolder: join(dir, 'accounts'),
    maxFileBytes: 1024 ** 4,
    maxMemoryBytes: 64 * 1024 ** 2,
    tls,
  });
  await mkdir(dir, { recursive: true });
  await writeFile(configFile, text, { mode: 0o600 });
  return startNats({ program, dir, configFile });
}
