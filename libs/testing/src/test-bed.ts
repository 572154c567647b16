import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentKind } from '@klevr/contracts/agent';
import { newId } from '@klevr/contracts/ids';
import { accountIssuerOf } from '@klevr/messaging/auth/account-jwt';
import { agentIssuerOf, issueAgentJwt } from '@klevr/messaging/auth/agent-credentials';
import { createAgentKeys } from '@klevr/messaging/auth/agent-keys';
import { type NatsIdentity, createNatsIdentity, publicKeyOf } from '@klevr/messaging/auth/nats-identity';
import { pushRevocations } from '@klevr/messaging/auth/revocation';
import { createServiceUser, createSystemUser } from '@klevr/messaging/auth/service-credentials';
import type { NatsServiceName } from '@klevr/messaging/auth/service-permissions';
import { Bus } from '@klevr/messaging/bus';
import { createConnection } from 'mysql2/promise';
import { sharedServers } from './shared-servers.js';

/**
 * What one test file has for itself on the run's shared servers: a NATS account of its own with every user's real permissions, an empty
 * database, and connections that end with it. Open it in `beforeAll`, close it in `afterAll`.
 */
export class TestBed {
  private readonly buses: Bus[] = [];

  private constructor(
    readonly natsUrl: string,
    readonly natsIdentity: NatsIdentity,
    readonly databaseUrl: string,
    readonly redisUrl: string,
    /** Removed with the bed. */
    readonly folder: string,
  ) {}

  static async open(): Promise<TestBed> {
    const servers = sharedServers();
    const own = createNatsIdentity();
    const { accountSeed, serviceSigningSeed, agentSigningSeed } = own;
    const identity = { ...servers.natsIdentity, accountSeed, serviceSigningSeed, agentSigningSeed };
    const database = `klevr_${randomBytes(6).toString('hex')}`;
    const [folder] = await Promise.all([
      mkdtemp(join(servers.folder, 'bed-')),
      pushAccount(servers.natsUrl, servers.natsIdentity, identity),
      onDatabase(servers.databaseRootUrl, `CREATE DATABASE ${database} CHARACTER SET utf8mb4`),
    ]);
    const url = new URL(servers.databaseUrl);
    url.pathname = `/${database}`;
    return new TestBed(servers.natsUrl, identity, url.href, servers.redisUrl, folder);
  }

  get natsAccount(): string {
    return publicKeyOf(this.natsIdentity.accountSeed);
  }

  async serviceCreds(service: NatsServiceName): Promise<string> {
    return (await createServiceUser(this.natsIdentity, service)).creds;
  }

  async systemCreds(): Promise<string> {
    return (await createSystemUser(this.natsIdentity)).creds;
  }

  /** A service's connection with just that service's permissions. */
  async serviceBus(service: NatsServiceName): Promise<Bus> {
    const creds = await this.serviceCreds(service);
    return this.keep(await Bus.connect({ servers: [this.natsUrl], name: `test ${service}`, credentials: () => creds, owner: { service } }));
  }

  /** An agent's connection with just that agent's permissions. */
  async agentBus(
    zoneId = newId('zone'),
    agentId = newId('agent'),
    kind: AgentKind = 'agent',
  ): Promise<{ bus: Bus; zoneId: string; agentId: string; publicKey: string }> {
    const keys = createAgentKeys();
    const expiresAtSeconds = Math.floor(Date.now() / 1000) + 3600;
    const jwt = await issueAgentJwt(agentIssuerOf(this.natsIdentity), {
      agentPublicKey: keys.publicKey,
      agentId,
      zoneId,
      kind,
      expiresAtSeconds,
    });
    const credentials = (): string => keys.credsFor(jwt);
    const bus = await Bus.connect({ servers: [this.natsUrl], name: agentId, credentials, owner: { zone: zoneId, agent: agentId } });
    return { bus: this.keep(bus), zoneId, agentId, publicKey: keys.publicKey };
  }

  /** Writes a file of mode 0600 into the bed's folder and answers its path. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  async close(): Promise<void> {
    await Promise.all(this.buses.map((bus) => bus.close()));
    await onDatabase(sharedServers().databaseRootUrl, `DROP DATABASE IF EXISTS ${new URL(this.databaseUrl).pathname.slice(1)}`);
    await rm(this.folder, { recursive: true, force: true });
  }

  private keep(bus: Bus): Bus {
    this.buses.push(bus);
    return bus;
  }
}

const onDatabase = async (url: string, sql: string): Promise<void> => {
  const connection = await createConnection(url);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
};

const pushAccount = async (natsUrl: string, installation: NatsIdentity, own: NatsIdentity): Promise<void> => {
  const { creds } = await createSystemUser(installation);
  const bus = await Bus.connect({
    servers: [natsUrl],
    name: 'test set-up',
    credentials: () => creds,
    owner: { service: 'scheduler', system: true },
  });
  try {
    const request = async (subject: string, data: Uint8Array): Promise<{ data: Uint8Array }> => ({
      data: (await bus.request(subject, 'claims', data, { inbox: { to: 'service' }, timeoutMs: 5_000 })).bytes,
    });
    await pushRevocations({ request }, accountIssuerOf(own), []);
  } finally {
    await bus.close();
  }
};
