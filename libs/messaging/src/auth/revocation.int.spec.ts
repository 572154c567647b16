import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { createUser } from '@nats-io/nkeys';
import { type NatsConnection, jwtAuthenticator } from '@nats-io/transport-node';
import { accountIssuerOf, type Revocation } from './account-jwt.js';
import { agentIssuerOf, issueAgentJwt } from './agent-credentials.js';
import { publicKeyOf } from './nats-identity.js';
import { pushRevocations } from './revocation.js';
import { SecuredNats, type TestAgent, all, tryPublish, trySubscribe, verdicts } from './secured-nats.fixture.js';
import { createSystemUser } from './service-credentials.js';

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describe("the scheduler's user in the system account", () => {
  let nats: SecuredNats;
  let system: NatsConnection;
  let account: string;

  const connectSystem = async (): Promise<NatsConnection> =>
    nats.connectService((await createSystemUser(nats.identity)).creds, 'scheduler');
  const revoke = (agents: readonly TestAgent[]): Promise<void> => {
    const revocations: Revocation[] = agents.map(({ agentPublicKey }) => ({ publicKey: agentPublicKey, atSeconds: nowSeconds() }));
    return pushRevocations(system, accountIssuerOf(nats.identity), revocations);
  };

  beforeAll(async () => {
    nats = await SecuredNats.start();
    system = await connectSystem();
    account = publicKeyOf(nats.identity.accountSeed);
  }, 60_000);

  afterAll(async () => {
    await nats.stop();
  });

  it('revokes an agent: its connection is cut within a second, it cannot come back, the others stay', async () => {
    const zone = newId('zone');
    const [bad, worse, good] = [await nats.newAgent(zone), await nats.newAgent(zone), await nats.newAgent(zone)];
    const [first, second, other] = [await nats.connectAgent(bad), await nats.connectAgent(worse), await nats.connectAgent(good)];
    const startedAt = performance.now();
    await revoke([bad]);
    await first.closed();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    // In the same second: the newer list must win although both JWTs tell the same time.
    await revoke([bad, worse]);
    await second.closed();
    await expect(nats.connectAgent(bad)).rejects.toThrow(/authorization/i);
    await expect(nats.connectAgent(worse)).rejects.toThrow(/authorization/i);
    await other.flush();
    expect(other.isClosed()).toBe(false);
  });

  it('revokes for good: a server started again, its configuration written anew, still refuses', async () => {
    const bad = await nats.newAgent(newId('zone'));
    await revoke([bad]);
    await nats.restartServer();
    await expect(nats.connectAgent(bad)).rejects.toThrow(/authorization/i);
    system = await connectSystem();
    await pushRevocations(system, accountIssuerOf(nats.identity), []);
    expect((await nats.connectAgent(bad)).isClosed()).toBe(false);
  });

  it('is told when the server refuses an update', async () => {
    const garbling = { request: (subject: string, data: Uint8Array) => system.request(subject, data.slice(1)) };
    await expect(pushRevocations(garbling, accountIssuerOf(nats.identity), [])).rejects.toThrow('refused the account update');
  });

  it("hears an agent's coming and going with its verified key, and nothing of a stranger's failed login", async () => {
    const agent = await nats.newAgent(newId('zone'));
    const events = system.subscribe(`$SYS.ACCOUNT.${account}.DISCONNECT`);
    const connects = system.subscribe(`$SYS.ACCOUNT.${account}.CONNECT`);
    await system.flush();
    const stranger = nats.connectAs(jwtAuthenticator(agent.jwt, createUser().getSeed()), '_INBOX.x', { name: agent.agentId });
    await expect(stranger).rejects.toThrow(/authorization/i);
    const connection = await nats.connectAgent(agent);
    const clientId = connection.info?.client_id;
    await connection.close();
    const told = { client: { id: clientId, user: agent.agentPublicKey } };
    for (const subscription of [connects, events]) {
      // The first that comes is the agent's own: the stranger, who was there before, told nothing.
      for await (const message of subscription) {
        expect(message.json()).toMatchObject(told);
        break;
      }
    }
  });

  it('lists the connections of the account', async () => {
    const agent = await nats.newAgent(newId('zone'));
    const connection = await nats.connectAgent(agent);
    const request = JSON.stringify({ auth: true, acc: account, limit: 1024 });
    for (const subject of [`$SYS.REQ.ACCOUNT.${account}.CONNZ`, `$SYS.REQ.SERVER.${connection.info?.server_id ?? ''}.CONNZ`]) {
      const answer = (await system.request(subject, request, { timeout: 5_000 })).json<{ data: { connections: object[] } }>();
      const own = { cid: connection.info?.client_id, authorized_user: agent.agentPublicKey };
      expect(answer.data.connections).toContainEqual(expect.objectContaining(own));
    }
  });

  it('may do nothing else there', async () => {
    const publishes = [
      '$SYS.REQ.CLAIMS.DELETE',
      '$SYS.REQ.CLAIMS.LIST',
      '$SYS.REQ.SERVER.x.RELOAD',
      '$SYS.REQ.SERVER.x.KICK',
      '$SYS.REQ.SERVER.x.VARZ',
    ];
    const subscribes = ['>', '$SYS.>', '$SYS.ACCOUNT.*.DISCONNECT', '$SYS.SERVER.>', '_INBOX.>', '_INBOX.svc.gateway.>'];
    expect(await verdicts(publishes, (subject) => tryPublish(system, subject))).toEqual(all(publishes, 'refused'));
    expect(await verdicts(subscribes, (subject) => trySubscribe(system, subject))).toEqual(all(subscribes, 'refused'));
  });

  it('is not needed for an end of time: the server cuts an agent whose JWT ends, and refuses one that has ended', async () => {
    const login = async (expiresAtSeconds: number): Promise<NatsConnection> => {
      const user = createUser();
      const grant = { agentPublicKey: user.getPublicKey(), agentId: newId('agent'), zoneId: newId('zone'), expiresAtSeconds };
      const jwt = await issueAgentJwt(agentIssuerOf(nats.identity), grant);
      return nats.connectAs(jwtAuthenticator(jwt, user.getSeed()), '_INBOX.x');
    };
    expect(String(await (await login(nowSeconds() + 2)).closed())).toMatch(/expired/i);
    await expect(login(nowSeconds() - 2)).rejects.toThrow(/authorization/i);
  });
});
