import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { NatsConnection } from '@nats-io/transport-node';
import { accountIssuerOf } from './account-jwt.js';
import { agentIssuerOf, issueAgentJwt } from './agent-credentials.js';
import { createAgentKeys } from './agent-keys.js';
import { announced, inUse, withoutOld } from './key-rotation.js';
import type { NatsIdentity } from './nats-identity.js';
import { pushRevocations } from './revocation.js';
import { SecuredNats } from './secured-nats.fixture.js';
import { createServiceUser, createSystemUser } from './service-credentials.js';

describe("an account's signing keys, on a server", () => {
  let nats: SecuredNats;
  let system: NatsConnection;
  let [agent, service]: NatsConnection[] = [];
  const keys = createAgentKeys();
  const [zoneId, agentId] = [newId('zone'), newId('agent')];

  const push = (identity: NatsIdentity): Promise<void> => pushRevocations(system, accountIssuerOf(identity), []);
  const agentBy = async (identity: NatsIdentity): Promise<NatsConnection> => {
    const grant = { agentPublicKey: keys.publicKey, agentId, zoneId, expiresAtSeconds: Math.floor(Date.now() / 1000) + 3_600 };
    const jwt = await issueAgentJwt(agentIssuerOf(identity), grant);
    return nats.connectAgent({ agentId, zoneId, agentPublicKey: keys.publicKey, jwt, creds: keys.credsFor(jwt) });
  };
  const serviceBy = async (identity: NatsIdentity): Promise<NatsConnection> =>
    nats.connectService((await createServiceUser(identity, 'gateway')).creds, 'gateway');
  const lives = async (connection: NatsConnection | undefined): Promise<boolean> => {
    await connection?.flush();
    return connection?.isClosed() === false;
  };

  beforeAll(async () => {
    nats = await SecuredNats.shared();
    system = await nats.connectService((await createSystemUser(nats.identity)).creds, 'scheduler');
    [agent, service] = [await agentBy(nats.identity), await serviceBy(nats.identity)];
  }, 60_000);
  afterAll(() => nats.stop(), 30_000);

  it('give way to others while everybody stays connected, and cut who still stands on them only when they are taken out', async () => {
    const told = announced(nats.identity);
    const used = inUse(told, Math.floor(Date.now() / 1000), 3_600);
    await expect(agentBy(used)).rejects.toThrow(/authorization/i);
    await push(told);
    await push(used);
    expect([await lives(agent), await lives(service)]).toEqual([true, true]);
    const [newAgent, newService, oldAgain] = [await agentBy(used), await serviceBy(used), await agentBy(nats.identity)];
    await push(withoutOld(used));
    await Promise.all([agent?.closed(), service?.closed(), oldAgain.closed()]);
    expect([await lives(newAgent), await lives(newService), await lives(system)]).toEqual([true, true, true]);
    await expect(agentBy(nats.identity)).rejects.toThrow(/authorization/i);
    await expect(serviceBy(nats.identity)).rejects.toThrow(/authorization/i);
  }, 30_000);
});
