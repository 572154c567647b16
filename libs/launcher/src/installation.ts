/**
 * The keys and secrets of one installation, made at the first start and kept in `secrets/` of its home (files of mode 0600).
 * Service credentials are written anew at each start, so that they carry the permissions of this version.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { natsTrustOf } from '@klevr/messaging/auth/account-jwt';
import {
  createNatsIdentity,
  parseNatsIdentity,
  publicKeyOf,
  serializeNatsIdentity,
  type NatsIdentity,
} from '@klevr/messaging/auth/nats-identity';
import { natsServerConfigText, type NatsServerConfigOptions } from '@klevr/messaging/auth/nats-server-config';
import { createServiceUser, createSystemUser } from '@klevr/messaging/auth/service-credentials';
import type { NatsServiceName } from '@klevr/messaging/auth/service-permissions';
import { keepSecret } from './secrets.js';

const SERVICES: readonly NatsServiceName[] = ['gateway', 'scheduler', 'task-manager'];

export interface Installation {
  natsIdentity: NatsIdentity;
  /** The public key of the account that services and agents share. */
  natsAccount: string;
  adminPassword: string;
  secretsDir: string;
}

export async function openInstallation(home: string): Promise<Installation> {
  const secretsDir = join(home, 'secrets');
  await mkdir(secretsDir, { recursive: true, mode: 0o700 });
  const identityText = await keepSecret(join(secretsDir, 'nats-identity.json'), () => serializeNatsIdentity(createNatsIdentity()).trim());
  const natsIdentity = parseNatsIdentity(identityText);
  const adminPassword = await keepSecret(join(secretsDir, 'admin-password'));
  return { natsIdentity, natsAccount: publicKeyOf(natsIdentity.accountSeed), adminPassword, secretsDir };
}

export const serviceCredsFile = (installation: Installation, service: NatsServiceName): string =>
  join(installation.secretsDir, `${service}.creds`);

export const systemCredsFile = (installation: Installation): string => join(installation.secretsDir, 'system.creds');

export async function writeServiceCreds(installation: Installation): Promise<void> {
  for (const service of SERVICES) {
    const user = await createServiceUser(installation.natsIdentity, service);
    await writeSecretFile(serviceCredsFile(installation, service), user.creds);
  }
  await writeSecretFile(systemCredsFile(installation), (await createSystemUser(installation.natsIdentity)).creds);
}

/** Answers the file's path. */
export async function writeNatsConfig(
  installation: Installation,
  dir: string,
  settings: Partial<NatsServerConfigOptions> = {},
): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'nats.conf');
  const text = natsServerConfigText({
    trust: await natsTrustOf(installation.natsIdentity),
    serverName: 'klevr',
    resolverFolder: join(dir, 'accounts'),
    maxFileBytes: 4 * 1024 ** 3,
    maxMemoryBytes: 256 * 1024 ** 2,
    ...settings,
  });
  await writeSecretFile(file, text);
  return file;
}

/** Replaces the file as a whole: a service that reads it at the same time sees the old or the new one. */
export async function writeSecretFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
}
