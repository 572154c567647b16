import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { createAgentKeys } from '@klevr/messaging/auth/agent-keys';
import { eventually } from '@klevr/testing/eventually';
import { actor, type Schedulers } from '../scheduler.fixture.js';
import { TestAgent } from '../test-agent.fixture.js';
import { Operations } from './operations.fixture.js';

describe('how agents are let in', () => {
  let operations: Operations;
  let schedulers: Schedulers;
  beforeAll(async () => {
    operations = await Operations.open();
    schedulers = operations.schedulers;
  }, 60_000);
  afterAll(() => operations.close(), 90_000);

  describe('approval', () => {
    it('gives an agent its credentials when it is approved, and none before', async () => {
      const zone = await schedulers.zone();
      const keys = createAgentKeys();
      const enrolled = await operations.enroll(await schedulers.joinToken(zone, { approval: true }), keys);
      expect(enrolled).toMatchObject({ userJwt: null, userJwtExpiresAt: null });
      const { agentId: id } = enrolled;
      expect(await schedulers.rpc('getAgent', { id })).toMatchObject({
        status: 'pending',
        statusCause: expect.stringContaining('approve'),
      });
      await expect(operations.askCredentials(id, keys)).rejects.toMatchObject({ code: 'NOT_APPROVED' });
      await expect(operations.askCredentials(id, createAgentKeys())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await schedulers.rpc('approveAgent', { actor, id });
      expect((await operations.event('host.approved', id)).data).toMatchObject({ by: actor.username });
      const { userJwt } = await operations.askCredentials(id, keys);
      const agent = await TestAgent.join(schedulers.bed.natsUrl, async () => ({ ...enrolled, userJwt }), keys);
      await agent.hello();
      expect((await schedulers.rpc('getAgent', { id })).status).toBe('online');
      await agent.kill();
      await schedulers.rpc('approveAgent', { actor, id });
      expect(operations.events.filter(({ type, subjectId }) => type === 'host.approved' && subjectId === id)).toHaveLength(1);
    }, 20_000);

    it('lets the answer to a repeated approval be the first one', async () => {
      const zone = await schedulers.zone();
      const { agentId: id } = await operations.enroll(await schedulers.joinToken(zone, { approval: true }));
      const idempotency = { key: id, scope: 'usr_test POST /approve', digest: 'd' };
      const first = await schedulers.rpc('approveAgent', { actor, id, idempotency });
      await schedulers.rpc('updateAgent', { actor, id, changes: { labels: { a: 'b' } } });
      await expect(schedulers.rpc('approveAgent', { actor, id, idempotency })).resolves.toEqual(first);
    });
  });

  describe('credentials for one that cannot ask over NATS', () => {
    it('need a proof of the present time, of an agent that is there', async () => {
      const zone = await schedulers.zone();
      const keys = createAgentKeys();
      const { agentId: id } = await operations.enroll(await schedulers.joinToken(zone), keys);
      await expect(operations.askCredentials(id, keys, Date.now() - 3_700_000)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await expect(operations.askCredentials(id, keys, Date.now() + 3_700_000)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await expect(operations.askCredentials(id, keys, Date.now() - 3_500_000)).resolves.toMatchObject({ userJwt: expect.any(String) });
      await expect(operations.askCredentials(newId('agent'), keys)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await schedulers.rpc('deleteAgent', { actor, id });
      await expect(operations.askCredentials(id, keys)).rejects.toMatchObject({ code: 'AGENT_REMOVED' });
      await expect(operations.askCredentials(id, createAgentKeys())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    });
  });

  describe('joining again', () => {
    const machineId = () => newId('message');

    it('takes over the identity of the agent that the machine was, and revokes its old key', async () => {
      const zone = await schedulers.zone();
      const host = { machineId: machineId() };
      const oldKeys = createAgentKeys();
      const old = await TestAgent.join(
        schedulers.bed.natsUrl,
        async () => operations.enroll(await schedulers.joinToken(zone, { labels: { role: 'web' } }), oldKeys, host),
        oldKeys,
      );
      await old.hello();
      const token = await schedulers.joinToken(zone, { rejoin: true, maxUses: 3, labels: { tier: 'x' } });
      await expect(operations.enroll(token, createAgentKeys(), host)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(old.agentId),
      });
      await old.kill();
      const before = await schedulers.rpc('getAgent', { id: old.agentId });
      const again = await operations.enroll(token, createAgentKeys(), host);
      expect(again.agentId).toBe(old.agentId);
      const after = await schedulers.rpc('getAgent', { id: old.agentId });
      expect(after).toMatchObject({ createdAt: before.createdAt, labels: { role: 'web', tier: 'x' }, status: 'pending', session: null });
      await operations.event('host.joined', old.agentId, ({ data }) => data['rejoined'] === true);
      await expect(old.logIn()).rejects.toThrow(/authorization/i);
      await expect(operations.askCredentials(old.agentId, oldKeys)).rejects.toMatchObject({ code: 'AGENT_REMOVED' });
      const { items } = await schedulers.rpc('listJoinTokens', { zone });
      expect(items.find(({ rejoin }) => rejoin)).toMatchObject({ uses: 1 });
    }, 20_000);

    it('is an ordinary join for a new machine, without a machine id, or by a token that does not say so', async () => {
      const zone = await schedulers.zone();
      const host = { machineId: machineId() };
      const plain = await schedulers.joinToken(zone, { maxUses: 2 });
      const rejoin = await schedulers.joinToken(zone, { maxUses: 3, rejoin: true });
      const ids = [
        await operations.enroll(plain, createAgentKeys(), host),
        await operations.enroll(plain, createAgentKeys(), host),
        await operations.enroll(rejoin, createAgentKeys(), { machineId: machineId() }),
        await operations.enroll(rejoin),
      ].map(({ agentId }) => agentId);
      expect(new Set(ids).size).toBe(4);
      await expect(operations.enroll(rejoin, createAgentKeys(), host)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining('Several agents'),
      });
    });
  });

  describe('workers', () => {
    const worker = async (zone: string, host: object = {}, keys = createAgentKeys()): Promise<TestAgent> => {
      const token = await schedulers.joinToken(zone, { kind: 'worker', rejoin: true });
      const joined = await TestAgent.join(schedulers.bed.natsUrl, () => operations.enroll(token, keys, host), keys);
      expect(await joined.hello()).toMatchObject({ kind: 'worker' });
      return joined;
    };
    const tagsOf = (jwt: string): unknown =>
      (JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { nats: { tags: unknown } }).nats.tags;

    it('join by a token of their kind, and lead nothing, are no target and are not counted', async () => {
      const zone = await schedulers.zone();
      const one = await worker(zone);
      const { items } = await schedulers.rpc('listJoinTokens', { zone });
      expect(items).toMatchObject([{ kind: 'worker', uses: 1 }]);
      expect((await operations.event('host.joined', one.agentId)).data).toMatchObject({ kind: 'worker' });
      const agent = await operations.online(zone);
      await schedulers.primary(zone, (agentId) => agentId === agent.agentId);
      await agent.kill();
      await eventually('a zone without a primary', 10_000, async () =>
        (await schedulers.rpc('getPrimary', { zone })) === null ? true : undefined,
      );
      expect(one.epochs).toEqual([]);
      await expect(schedulers.rpc('handOver', { actor, zone, agentId: one.agentId })).rejects.toMatchObject({ code: 'WRONG_STATE' });
      const counts = (await schedulers.rpc('getZone', { zone })).agents;
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(1);
      for (const target of [{ any: 'os=linux' }, { all: '' }, { agent: one.agentId }, { primary: true as const }]) {
        const { agents } = await schedulers.rpc('resolveTarget', { zone, target });
        expect([target, agents.map(({ agentId }) => agentId).includes(one.agentId)]).toEqual([target, false]);
      }
      const listed = async (kind: object): Promise<string[]> =>
        (await schedulers.rpc('listAgents', { zone, ...kind })).items.map(({ id }) => id);
      expect([await listed({}), await listed({ kind: 'worker' })]).toEqual([[agent.agentId], [one.agentId]]);
      expect(await schedulers.rpc('getAgent', { id: one.agentId })).toMatchObject({ kind: 'worker', status: 'online' });
    }, 30_000);

    it('keep what they may do when their credentials are renewed, and are approved, drained and removed as agents are', async () => {
      const zone = await schedulers.zone();
      const keys = createAgentKeys();
      const enrolled = await operations.enroll(await schedulers.joinToken(zone, { kind: 'worker', approval: true }), keys);
      expect(enrolled).toMatchObject({ kind: 'worker', userJwt: null });
      const id = enrolled.agentId;
      await schedulers.rpc('approveAgent', { actor, id });
      const { userJwt } = await operations.askCredentials(id, keys);
      const joined = await TestAgent.join(schedulers.bed.natsUrl, async () => ({ ...enrolled, userJwt }), keys);
      await joined.hello();
      const renewed = await joined.ask('renew', { session: joined.session });
      const tags = [`zone:${zone}`, `workers:${zone}`];
      expect([tagsOf(userJwt), tagsOf(renewed.userJwt)]).toEqual([tags, tags]);
      expect(await schedulers.rpc('drainAgent', { actor, id })).toMatchObject({ status: 'drained', kind: 'worker' });
      expect(await joined.hello()).toMatchObject({ drained: true });
      await schedulers.rpc('undrainAgent', { actor, id });
      await schedulers.rpc('deleteAgent', { actor, id });
      await expect(joined.logIn()).rejects.toThrow(/authorization/i);
      await joined.kill();
    }, 30_000);

    it('are of their own on a machine that is an agent as well, and a key is of one kind', async () => {
      const zone = await schedulers.zone();
      const host = { machineId: newId('message') };
      const agentKeys = createAgentKeys();
      const { agentId } = await operations.enroll(await schedulers.joinToken(zone), agentKeys, host);
      const keys = createAgentKeys();
      const first = await worker(zone, host, keys);
      expect(first.agentId).not.toBe(agentId);
      await first.kill();
      const again = await worker(zone, host);
      expect(again.agentId).toBe(first.agentId);
      const asWorker = operations.enroll(await schedulers.joinToken(zone, { kind: 'worker' }), agentKeys);
      await expect(asWorker).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('an agent') });
      await again.kill();
    }, 30_000);
  });
});
