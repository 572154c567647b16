import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentKind } from '@klevr/contracts/agent';
import { newId } from '@klevr/contracts/ids';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startNats } from '@klevr/launcher/private-nats';
import type { PrivateServer } from '@klevr/launcher/private-server';
import { findServers } from '@klevr/launcher/server-binaries';
import { sharedServers } from '@klevr/testing/shared-servers';
import { encodeUser, fmtCreds } from '@nats-io/jwt';
import { createUser } from '@nats-io/nkeys';
import { type Authenticator, type ConnectionOptions, type NatsConnection, connect } from '@nats-io/transport-node';
import { Bus } from '../bus.js';
import { credsLogin } from './creds-authenticator.js';
import { accountIssuerOf, natsTrustOf } from './account-jwt.js';
import { createAgentKeys } from './agent-keys.js';
import { agentIssuerOf, issueAgentJwt } from './agent-credentials.js';
import { keyPairOf } from './native-keys.js';
import { type NatsIdentity, createNatsIdentity } from './nats-identity.js';
import { natsServerConfigText } from './nats-server-config.js';
import { pushRevocations } from './revocation.js';
import { createServiceUser, createSystemUser } from './service-credentials.js';
import type { NatsServiceName } from './service-permissions.js';

/** A NATS server in operator mode with an account of the test's own, and connections to it that end with it. */
export class SecuredNats {
  private readonly open: NatsConnection[] = [];

  private constructor(
    readonly identity: NatsIdentity,
    private url: string,
    private readonly restart: () => Promise<string>,
    private readonly end: () => Promise<void>,
  ) {}

  /** An account on the server that the test run shares. */
  static async shared(): Promise<SecuredNats> {
    const { natsUrl, natsIdentity } = sharedServers();
    const { accountSeed, serviceSigningSeed, agentSigningSeed } = createNatsIdentity();
    const identity = { ...natsIdentity, accountSeed, serviceSigningSeed, agentSigningSeed };
    const restart = (): Promise<string> => Promise.reject(new Error('others use this server'));
    const nats = new SecuredNats(identity, natsUrl, restart, () => Promise.resolve());
    const system = await nats.connectService((await createSystemUser(identity)).creds, 'scheduler');
    await pushRevocations(system, accountIssuerOf(identity), []);
    return nats;
  }

  /** A server of the test's own, to be restarted or watched whole. */
  static async start(options: { maxPayloadBytes?: number } = {}): Promise<SecuredNats> {
    const folder = await mkdtemp(join(tmpdir(), 'klevr nats "quoted" $HOME \\ '));
    const identity = createNatsIdentity();
    const configFile = join(folder, 'nats.conf');
    const { nats } = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress: () => undefined });
    const startServer = async (): Promise<PrivateServer> => {
      const config = natsServerConfigText({
        trust: await natsTrustOf(identity),
        serverName: 'klevr-test',
        resolverFolder: join(folder, 'resolver'),
        maxFileBytes: 256 * 1024 * 1024,
        maxMemoryBytes: 64 * 1024 * 1024,
        ...options,
      });
      await writeFile(configFile, config, { mode: 0o600 });
      return startNats({ program: nats, dir: folder, configFile });
    };
    const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
    let server = await startServer().catch(async (error: unknown) => {
      await removeFolder();
      throw error;
    });
    const restart = async (): Promise<string> => {
      await server.stop();
      server = await startServer();
      return server.url;
    };
    const end = async (): Promise<void> => {
      await server.stop();
      await removeFolder();
    };
    return new SecuredNats(identity, server.url, restart, end);
  }

  async stop(): Promise<void> {
    await Promise.all(this.open.map((connection) => connection.close()));
    await this.end();
  }

  /** With the configuration written anew. */
  async restartServer(): Promise<void> {
    this.url = await this.restart();
  }

  async connectAs(authenticator: Authenticator, inboxPrefix: string, options: ConnectionOptions = {}): Promise<NatsConnection> {
    const connection = await connect({
      servers: this.url,
      authenticator,
      inboxPrefix,
      reconnect: false,
      timeout: 5_000,
      ...options,
    });
    this.open.push(connection);
    return connection;
  }

  connectService(creds: string, service: string): Promise<NatsConnection> {
    return this.connectAs(
      credsLogin(() => creds),
      `_INBOX.svc.${service}.r1`,
    );
  }

  /** As the service itself connects; it ends with this. */
  async serviceBus(service: NatsServiceName): Promise<Bus> {
    const { creds } = await createServiceUser(this.identity, service);
    const bus = await Bus.connect({ servers: [this.url], name: `test ${service}`, credentials: () => creds, owner: { service } });
    this.open.push(bus.connection);
    return bus;
  }

  /** As the agent itself connects. */
  async agentBus({ agentId, zoneId, creds }: TestAgent): Promise<Bus> {
    const owner = { zone: zoneId, agent: agentId };
    const bus = await Bus.connect({ servers: [this.url], name: agentId, credentials: () => creds, owner, waitOnFirstConnect: false });
    this.open.push(bus.connection);
    return bus;
  }

  /** Somebody of the account who may do everything, as an operator with the account's own key. */
  async connectOperator(): Promise<NatsConnection> {
    const user = keyPairOf(new TextDecoder().decode(createUser().getSeed()));
    const jwt = await encodeUser('operator', user, keyPairOf(this.identity.accountSeed), {});
    const creds = new TextDecoder().decode(fmtCreds(jwt, user));
    return this.connectAs(
      credsLogin(() => creds),
      '_INBOX.operator',
      { reconnect: true, reconnectTimeWait: 100 },
    );
  }

  async newAgent(zoneId: string, kind: AgentKind = 'agent'): Promise<TestAgent> {
    const [keys, agentId] = [createAgentKeys(), newId('agent')];
    const expiresAtSeconds = Math.floor(Date.now() / 1000) + 3600;
    const agentPublicKey = keys.publicKey;
    const jwt = await issueAgentJwt(agentIssuerOf(this.identity), { agentPublicKey, agentId, zoneId, kind, expiresAtSeconds });
    return { agentId, zoneId, agentPublicKey, jwt, creds: keys.credsFor(jwt) };
  }

  connectAgent(agent: TestAgent): Promise<NatsConnection> {
    return this.connectAs(
      credsLogin(() => agent.creds),
      `_INBOX.${agent.zoneId}.${agent.agentId}.centre`,
    );
  }
}

export interface TestAgent {
  readonly agentId: string;
  readonly zoneId: string;
  readonly agentPublicKey: string;
  readonly jwt: string;
  readonly creds: string;
}

export type Verdict = 'refused' | 'allowed';

/** The server says a refusal before it answers the next ping, so two flushes later there was none. */
export const tryPublish = async (connection: NatsConnection, subject: string, reply?: string): Promise<Verdict> => {
  let refused = false;
  const statuses = connection.status();
  void (async () => {
    for await (const status of statuses) {
      if (status.type === 'error' && status.error.message.includes(`Publish to "${subject}"`)) refused = true;
    }
  })();
  connection.publish(subject, '{}', reply === undefined ? {} : { reply });
  await connection.flush();
  await connection.flush();
  return refused ? 'refused' : 'allowed';
};

export const trySubscribe = async (connection: NatsConnection, subject: string, queue?: string): Promise<Verdict> => {
  let refused = false;
  const callback = (error: Error | null): void => {
    if (error !== null) refused = true;
  };
  const subscription = connection.subscribe(subject, { callback, ...(queue === undefined ? {} : { queue }) });
  await connection.flush();
  await connection.flush();
  subscription.unsubscribe();
  return refused ? 'refused' : 'allowed';
};

export const tryAsk = async (work: Promise<unknown>): Promise<Verdict> => {
  try {
    await work;
    return 'allowed';
  } catch (error) {
    if (error instanceof Error && error.message.includes('Permissions Violation')) return 'refused';
    throw error;
  }
};

/** The verdict on each subject, to be compared as a whole: a failure names the subject. */
export const verdicts = async (
  subjects: readonly string[],
  judge: (subject: string) => Promise<Verdict>,
): Promise<Record<string, Verdict>> => {
  const found: Record<string, Verdict> = {};
  for (const subject of subjects) found[subject] = await judge(subject);
  return found;
};

export const all = (subjects: readonly string[], verdict: Verdict): Record<string, Verdict> =>
  Object.fromEntries(subjects.map((subject) => [subject, verdict]));
