import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { accountIssuerOf } from '@klevr/messaging/auth/account-jwt';
import { agentIssuerOf } from '@klevr/messaging/auth/agent-credentials';
import {
  type NatsIdentity,
  createNatsIdentity,
  parseNatsIdentity,
  publicKeyOf,
  serializeNatsIdentity,
} from '@klevr/messaging/auth/nats-identity';
import { createServiceUser, createSystemUser } from '@klevr/messaging/auth/service-credentials';
import type { NatsServiceName } from '@klevr/messaging/auth/service-permissions';
import { generateSecret, keepSecret, writeSecret } from './secrets.js';

export const NATS_IDENTITY_FILE = 'nats-identity.json';
export const [accountIssuerFile, agentIssuerFile] = ['account-issuer.json', 'agent-issuer.json'] as const;
export const credsFileOf = (service: string): string => `${service}.creds`;

/**
 * The secrets of one installation, each a file of mode 0600 in one folder. Made once and kept: NATS keys, the key that signs tasks, the
 * key of secrets at rest, the first admin's password. Made anew at each call: a NATS user for each service, so that it has the permissions of this version, and what
 * follows from the NATS keys.
 */
export interface SystemFiles {
  readonly natsIdentity: NatsIdentity;
  readonly natsAccount: string;
  readonly serviceCreds: Readonly<Record<NatsServiceName, string>>;
  readonly systemCreds: string;
  readonly agentIssuer: string;
  /** Of the schedulers alone: it signs the account's JWT, with the list of revoked agents in it. */
  readonly accountIssuer: string;
  readonly taskKey: string;
  /** Signs heads of the audit trail. */
  readonly auditKey: string;
  /** What secrets at rest are sealed with: lines of `id:key`. Without it they are lost. */
  readonly masterKey: string;
  readonly adminPassword: string;
}

/** The paths of the files (`natsIdentity` is the content). Uses the identity given, else the one kept in the folder, else a new one. */
export const keepSystemFiles = async (folder: string, given?: NatsIdentity): Promise<SystemFiles> => {
  const natsIdentity = given ?? (await keepNatsIdentity(folder));
  const keep = async (name: string, make: () => string): Promise<string> => {
    await keepSecret(join(folder, name), make);
    return join(folder, name);
  };
  const writeCreds = async (name: string, { creds }: { creds: string }): Promise<string> => {
    await writeSecret(join(folder, name), creds);
    return join(folder, name);
  };
  const credsOf = async (service: NatsServiceName): Promise<string> =>
    writeCreds(credsFileOf(service), await createServiceUser(natsIdentity, service));
  const accountIssuer = join(folder, accountIssuerFile);
  await writeSecret(accountIssuer, `${JSON.stringify(accountIssuerOf(natsIdentity))}\n`);
  // Both of the identity: a rotation that was broken off between its files would leave agents to a key whose time ends.
  const agentIssuer = join(folder, agentIssuerFile);
  await writeSecret(agentIssuer, JSON.stringify(agentIssuerOf(natsIdentity)));
  return {
    natsIdentity,
    natsAccount: publicKeyOf(natsIdentity.accountSeed),
    serviceCreds: {
      gateway: await credsOf('gateway'),
      scheduler: await credsOf('scheduler'),
      'task-manager': await credsOf('task-manager'),
      provisioner: await credsOf('provisioner'),
    },
    systemCreds: await writeCreds('scheduler-system.creds', await createSystemUser(natsIdentity)),
    agentIssuer,
    accountIssuer,
    taskKey: await keep('task-key.json', newTaskKey),
    auditKey: await keep('audit-key.json', () => newSigningKey()),
    masterKey: await keep('master-keys', () => `k1:${randomBytes(32).toString('base64')}`),
    adminPassword: await keep('admin-password', () => generateSecret()),
  };
};

export const keepNatsIdentity = async (folder: string): Promise<NatsIdentity> => {
  const text = await keepSecret(join(folder, NATS_IDENTITY_FILE), () => serializeNatsIdentity(createNatsIdentity()));
  return parseNatsIdentity(text);
};

/** An Ed25519 private key as a JWK with an id. */
const newSigningKey = (more: object = {}): string => {
  const { privateKey } = generateKeyPairSync('ed25519');
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'EdDSA', use: 'sig', ...more });
};

/** Newer than any before it: agents that knew a lost one are to see that this takes its place. */
const newTaskKey = (): string => newSigningKey({ generation: Date.now() });
