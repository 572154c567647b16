import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startNats } from '@klevr/launcher/private-nats';
import type { PrivateServer } from '@klevr/launcher/private-server';
import { findServers } from '@klevr/launcher/server-binaries';
import { agentIssuerOf, issueAgentJwt } from '@klevr/messaging/auth/agent-credentials';
import { createAgentKeys } from '@klevr/messaging/auth/agent-keys';
import { createNatsIdentity } from '@klevr/messaging/auth/nats-identity';
import type { Bus } from '@klevr/messaging/bus';
import { SystemClock } from '@klevr/platform/clock';
import { TestAuthority } from '@klevr/testing/certificates';
import { eventually } from '@klevr/testing/eventually';
import { writeNatsConfig } from '@klevr/testing/nats-config-file';
import { connectToNats, type ConnectOptions } from './connect.js';
import type { Identity } from './identity/identity.js';
import { KeptLog } from './kept-log.fixture.js';

describe('an agent and a NATS server that wants certificates', () => {
  const nats = createNatsIdentity();
  const keys = createAgentKeys();
  const [agentId, zoneId] = [newId('agent'), newId('zone')];
  const buses: Bus[] = [];
  let folder: string;
  let server: PrivateServer;
  let identity: Identity;
  let config: Required<Record<'caFile' | 'natsCertFile' | 'natsKeyFile', string>>;

  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-agent-tls-'));
    const authority = await TestAuthority.create();
    const [ofServer, ofAgent] = [await authority.issue({ name: 'nats', hosts: ['localhost'] }), await authority.issue({ name: agentId })];
    config = {
      caFile: await write('ca.pem', authority.pem),
      natsCertFile: await write('agent.pem', ofAgent.cert),
      natsKeyFile: await write('agent-key.pem', ofAgent.key),
    };
    const { nats: program } = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress: () => undefined });
    const tls = {
      certFile: await write('server.pem', ofServer.cert),
      keyFile: await write('server-key.pem', ofServer.key),
      clientCaFile: config.caFile,
    };
    const configFile = await writeNatsConfig(folder, { name: 'strict', identity: nats, tls });
    server = await startNats({ program, dir: folder, configFile });
    const expiresAtSeconds = Math.floor(Date.now() / 1000) + 3_600;
    const userJwt = await issueAgentJwt(agentIssuerOf(nats), { agentPublicKey: keys.publicKey, agentId, zoneId, expiresAtSeconds });
    const natsUrls = [`tls://localhost:${server.port}`];
    identity = { current: { agentId, zoneId, natsUrls, userJwt }, credentials: () => keys.credsFor(userJwt) } as unknown as Identity;
  }, 60_000);

  afterAll(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const rescue: ConnectOptions['rescue'] = { refused: () => undefined, letIn: () => undefined, renew: () => Promise.resolve() };
  const connected = async (log: KeptLog, settings: ConnectOptions['config']): Promise<void> => {
    buses.push(await connectToNats({ identity, rescue, clock: new SystemClock(), log, config: settings }));
  };

  it('connect where the agent shows one, and knows the authority of both from the gateway', async () => {
    await connected(new KeptLog(), config);
    expect(buses.at(-1)?.connected).toBe(true);
  });

  it('do not while the agent does not know the authority, which is said once; and do as soon as it is named', async () => {
    const log = new KeptLog();
    const settings: { caFile?: string; natsCertFile: string; natsKeyFile: string } = { ...config, caFile: config.natsCertFile };
    const connecting = connected(log, settings);
    await eventually('it is said', 10_000, () => (log.lines.length > 0 ? true : undefined));
    settings.caFile = config.caFile;
    await connecting;
    const [said, ...more] = log.lines;
    expect(said).toMatchObject({ level: 'warn', message: 'NATS cannot be reached yet' });
    expect(JSON.stringify(said)).toContain('KLEVR_NATS_CA_FILE');
    expect(more.map(({ message }) => message)).toEqual(['NATS is reached now']);
  });
});
