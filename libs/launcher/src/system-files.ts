import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentIssuerOf } from '@klevr/messaging/auth/agent-credentials';
import {
  type NatsIdentity,
  createNatsIdentity,
  parseNatsIdentity,
  publicKeyOf,
  serializeNatsIdentity,
} from '@klevr/messaging/auth/nats-identity';
import { createServiceUser, createSystemUser } from '@klevr/messaging/auth/service-credentials';
import { keepSecret } from './secrets.js';

/**
 * The secrets of one installation, each a file of mode 0600 in one folder, made once and kept: NATS keys, a NATS user for each service, the
 * key that signs tasks, the first admin's password.
 */
export interface SystemFiles {
  readonly natsIdentity: NatsIdentity;
  readonly natsAccount: string;
  readonly serviceCreds: Readonly<Record<'gateway' | 'scheduler' | 'task-manager', string>>;
  readonly systemCreds: string;
  readonly agentIssuer: string;
  readonly taskKey: string;
  readonly adminPassword: string;
}

/** The paths of the files (`natsIdentity` is the content). Uses the identity given, else the one kept in the folder, else a new one. */
export const keepSystemFiles = async (folder: string, given?: NatsIdentity): Promise<SystemFiles> => {
  const natsIdentity = given ?? (await keepNatsIdentity(folder));
  const keep = async (name: string, make: () => string | Promise<string>): Promise<string> => {
    const path = join(folder, name);
    await keepSecret(path, await lazily(path, make));
    return path;
  };
  const credsOf = (service: 'gateway' | 'scheduler' | 'task-manager'): Promise<string> =>
    keep(`${service}.creds`, async () => (await createServiceUser(natsIdentity, service)).creds);
  return {
    natsIdentity,
    natsAccount: publicKeyOf(natsIdentity.accountSeed),
    serviceCreds: {
      gateway: await credsOf('gateway'),
      scheduler: await credsOf('scheduler'),
      'task-manager': await credsOf('task-manager'),
    },
    systemCreds: await keep('scheduler-system.creds', async () => (await createSystemUser(natsIdentity)).creds),
    agentIssuer: await keep('agent-issuer.json', () => JSON.stringify(agentIssuerOf(natsIdentity))),
    taskKey: await keep('task-key.json', newTaskKey),
    adminPassword: await keep('admin-password', () => randomUUID().replaceAll('-', '').slice(0, 20)),
  };
};

export const keepNatsIdentity = async (folder: string): Promise<NatsIdentity> => {
  const text = await keepSecret(join(folder, 'nats-identity.json'), () => serializeNatsIdentity(createNatsIdentity()));
  return parseNatsIdentity(text);
};

/** An Ed25519 private key as a JWK with an id. */
const newTaskKey = (): string => {
  const { privateKey } = generateKeyPairSync('ed25519');
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'EdDSA', use: 'sig' });
};

/** Makes the secret only where the file is not there: making one costs key generation. */
const lazily = async (path: string, make: () => string | Promise<string>): Promise<() => string> => {
  const there = await readFile(path, 'utf8').catch(() => undefined);
  const made = there ?? (await make());
  return () => made;
};
