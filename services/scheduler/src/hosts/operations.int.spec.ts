import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { credentialsProof } from '@klevr/contracts/agent';
import { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import { createAgentKeys, type AgentKeys } from '@klevr/messaging/auth/agent-keys';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers, actor } from '../scheduler.fixture.js';
import { TestAgent, hostFacts } from '../test-agent.fixture.js';

describe('what operators do to agents', () => {
  let schedulers: Schedulers;
  const events: Event[] = [];
  beforeAll(async () => {
    schedulers = await Schedulers.open(2);
    const bus = await schedulers.bed.serviceBus('scheduler');
    bus.subscribe(subjects.event.wildcard({ topic: 'host' }), (message) => events.push(Event.parse(message.json())));
  }, 60_000);
  afterAll(() => schedulers.close(), 30_000);

  const enroll = (joinToken: string, keys = createAgentKeys(), host: object = {}) =>
    schedulers.rpc('enroll', { enroll: { joinToken, publicKey: keys.publicKey, host: { ...hostFacts, ...host }, version: '0.1.0' } });
  const ask = (id: string, keys: AgentKeys, atMs = Date.now()) =>
    schedulers.rpc('agentCredentials', { id, ask: { atMs, signature: keys.sign(credentialsProof(id, atMs)) } });
  const event = (type: Event['type'], subjectId: string): Promise<Event> =>
    eventually(`${type} of ${subjectId}`, 5_000, () => events.find((each) => each.type === type && each.subjectId === subjectId));
  const online = async (zone: string, labels: Record<string, string> = {}): Promise<TestAgent> => {
    const agent = await schedulers.agent(zone, labels);
    await agent.hello();
    return agent;
  };

  describe('removal', () => {
    it('tells the agent, cuts it off within a second and keeps it out, until its host joins with a new token and key', async () => {
      const zone = await schedulers.zone();
      const [agent, other] = [await online(zone), await online(zone)];
      const startedAt = performance.now();
      await schedulers.rpc('deleteAgent', { actor, id: agent.agentId });
      await eventually('the cut', 2_000, () => (agent.connected ? undefined : true));
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      expect(agent.told).toEqual([{ kind: 'removed', reason: expect.any(String) }]);
      await expect(agent.logIn()).rejects.toThrow(/authorization/i);
      expect(other.connected).toBe(true);
      await expect(schedulers.rpc('getAgent', { id: agent.agentId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(schedulers.rpc('deleteAgent', { actor, id: agent.agentId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await event('host.removed', agent.agentId)).data).toMatchObject({ by: actor.username, previousStatus: 'online' });
      await expect(
        schedulers.rpc('enroll', {
          enroll: { joinToken: await schedulers.joinToken(zone), publicKey: agent.publicKey, host: hostFacts, version: '0.1.0' },
        }),
      ).rejects.toMatchObject({ code: 'AGENT_REMOVED' });
      const again = await online(zone);
      expect(again.agentId).not.toBe(agent.agentId);
    }, 20_000);

    it('of the primary has the next one appointed at once', async () => {
      const zone = await schedulers.zone();
      const [first, second] = [await online(zone), await online(zone)];
      await schedulers.primary(zone, (agentId) => agentId === first.agentId);
      await schedulers.rpc('deleteAgent', { actor, id: first.agentId });
      const next = await schedulers.primary(zone, (agentId) => agentId === second.agentId);
      expect(second.epochs).toEqual([next.epoch]);
      // Not only when its connection was cut.
      const term = await eventually('the end of its term', 5_000, async () => {
        const { items } = await schedulers.rpc('listTerms', { zone });
        return items.find(({ agentId, endCause }) => agentId === first.agentId && endCause !== null);
      });
      expect(term.endCause).toBe('left');
    }, 20_000);

    it('holds after other removals, and is pushed again by a replica that starts', async () => {
      const zone = await schedulers.zone();
      const agents = [await online(zone), await online(zone), await online(zone)];
      await Promise.all(agents.map(({ agentId: id }) => schedulers.rpc('deleteAgent', { actor, id })));
      const started = await schedulers.start();
      await started.close();
      for (const agent of agents) await expect(agent.logIn()).rejects.toThrow(/authorization/i);
    }, 30_000);

    it('is refused where the agent has changed since it was read', async () => {
      const zone = await schedulers.zone();
      const { agentId: id } = await online(zone);
      await schedulers.rpc('updateAgent', { actor, id, changes: { labels: { role: 'web' } } });
      await expect(schedulers.rpc('deleteAgent', { actor, id, ifRevision: 1 })).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
      await schedulers.rpc('deleteAgent', { actor, id, ifRevision: 2 });
    });
  });

  describe('approval', () => {
    it('gives an agent its credentials when it is approved, and none before', async () => {
      const zone = await schedulers.zone();
      const keys = createAgentKeys();
      const enrolled = await enroll(await schedulers.joinToken(zone, { approval: true }), keys);
      expect(enrolled).toMatchObject({ userJwt: null, userJwtExpiresAt: null });
      const { agentId: id } = enrolled;
      expect(await schedulers.rpc('getAgent', { id })).toMatchObject({
        status: 'pending',
        statusCause: expect.stringContaining('approve'),
      });
      await expect(ask(id, keys)).rejects.toMatchObject({ code: 'NOT_APPROVED' });
      await expect(ask(id, createAgentKeys())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await schedulers.rpc('approveAgent', { actor, id });
      expect((await event('host.approved', id)).data).toMatchObject({ by: actor.username });
      const { userJwt } = await ask(id, keys);
      const agent = await TestAgent.join(schedulers.bed.natsUrl, async () => ({ ...enrolled, userJwt }), keys);
      await agent.hello();
      expect((await schedulers.rpc('getAgent', { id })).status).toBe('online');
      await agent.kill();
      await schedulers.rpc('approveAgent', { actor, id });
      expect(events.filter(({ type, subjectId }) => type === 'host.approved' && subjectId === id)).toHaveLength(1);
    }, 20_000);

    it('lets the answer to a repeated approval be the first one', async () => {
      const zone = await schedulers.zone();
      const { agentId: id } = await enroll(await schedulers.joinToken(zone, { approval: true }));
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
      const { agentId: id } = await enroll(await schedulers.joinToken(zone), keys);
      await expect(ask(id, keys, Date.now() - 3_700_000)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await expect(ask(id, keys, Date.now() + 3_700_000)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await expect(ask(id, keys, Date.now() - 3_500_000)).resolves.toMatchObject({ userJwt: expect.any(String) });
      await expect(ask(newId('agent'), keys)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await schedulers.rpc('deleteAgent', { actor, id });
      await expect(ask(id, keys)).rejects.toMatchObject({ code: 'AGENT_REMOVED' });
      await expect(ask(id, createAgentKeys())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
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
        async () => enroll(await schedulers.joinToken(zone, { labels: { role: 'web' } }), oldKeys, host),
        oldKeys,
      );
      await old.hello();
      const token = await schedulers.joinToken(zone, { rejoin: true, maxUses: 3, labels: { tier: 'x' } });
      await expect(enroll(token, createAgentKeys(), host)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(old.agentId),
      });
      await old.kill();
      const before = await schedulers.rpc('getAgent', { id: old.agentId });
      const again = await enroll(token, createAgentKeys(), host);
      expect(again.agentId).toBe(old.agentId);
      const after = await schedulers.rpc('getAgent', { id: old.agentId });
      expect(after).toMatchObject({ createdAt: before.createdAt, labels: { role: 'web', tier: 'x' }, status: 'pending', session: null });
      await eventually('the event', 5_000, () =>
        events.find(({ type, subjectId, data }) => type === 'host.joined' && subjectId === old.agentId && data['rejoined'] === true),
      );
      await expect(old.logIn()).rejects.toThrow(/authorization/i);
      await expect(ask(old.agentId, oldKeys)).rejects.toMatchObject({ code: 'AGENT_REMOVED' });
      const { items } = await schedulers.rpc('listJoinTokens', { zone });
      expect(items.find(({ rejoin }) => rejoin)).toMatchObject({ uses: 1 });
    }, 20_000);

    it('is an ordinary join for a new machine, without a machine id, or by a token that does not say so', async () => {
      const zone = await schedulers.zone();
      const host = { machineId: machineId() };
      const plain = await schedulers.joinToken(zone, { maxUses: 2 });
      const rejoin = await schedulers.joinToken(zone, { maxUses: 3, rejoin: true });
      const ids = [
        await enroll(plain, createAgentKeys(), host),
        await enroll(plain, createAgentKeys(), host),
        await enroll(rejoin, createAgentKeys(), { machineId: machineId() }),
        await enroll(rejoin),
      ].map(({ agentId }) => agentId);
      expect(new Set(ids).size).toBe(4);
      await expect(enroll(rejoin, createAgentKeys(), host)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining('Several agents'),
      });
    });
  });

  describe('drain', () => {
    it('has a primary hand over first, keeps it from leading, and is undone', async () => {
      const zone = await schedulers.zone();
      const [first, second] = [await online(zone), await online(zone)];
      await schedulers.primary(zone, (agentId) => agentId === first.agentId);
      const drained = await schedulers.rpc('drainAgent', { actor, id: first.agentId });
      expect(drained).toMatchObject({ drained: true, status: 'drained', isPrimary: false });
      await schedulers.primary(zone, (agentId) => agentId === second.agentId);
      await expect(schedulers.rpc('handOver', { actor, zone, agentId: first.agentId })).rejects.toMatchObject({ code: 'WRONG_STATE' });
      expect(await schedulers.rpc('drainAgent', { actor, id: first.agentId })).toMatchObject({ revision: drained.revision });
      const undrained = await schedulers.rpc('undrainAgent', { actor, id: first.agentId });
      expect(undrained).toMatchObject({ drained: false, status: 'online' });
      await first.hello();
      await schedulers.rpc('handOver', { actor, zone, agentId: first.agentId });
      await event('host.drained', first.agentId);
      await event('host.undrained', first.agentId);
      expect(first.told.map(({ kind }) => kind)).toEqual(['helloWanted', 'helloWanted', 'helloWanted']);
    }, 20_000);

    it('outlasts a restart of the agent', async () => {
      const zone = await schedulers.zone();
      const [agent, other] = [await online(zone), await online(zone)];
      await schedulers.rpc('drainAgent', { actor, id: agent.agentId });
      await agent.restart();
      await agent.hello();
      expect(await schedulers.rpc('getAgent', { id: agent.agentId })).toMatchObject({ drained: true, status: 'drained' });
      await other.kill();
      await eventually('nobody leads', 5_000, async () => ((await schedulers.rpc('getPrimary', { zone })) === null ? true : undefined));
      expect(agent.epochs).toHaveLength(1);
    }, 20_000);

    it('of the only agent leaves the zone without a primary until it is undrained', async () => {
      const zone = await schedulers.zone();
      const agent = await online(zone);
      const { epoch } = await schedulers.primary(zone, (agentId) => agentId === agent.agentId);
      await schedulers.rpc('drainAgent', { actor, id: agent.agentId });
      await eventually('no primary on either replica', 5_000, async () => {
        const answers = await Promise.all(Array.from({ length: 6 }, () => schedulers.rpc('getPrimary', { zone })));
        return answers.every((primary) => primary === null) ? true : undefined;
      });
      await schedulers.rpc('undrainAgent', { actor, id: agent.agentId });
      await agent.hello();
      const after = await schedulers.primary(zone, (_agentId, now) => now > epoch);
      expect(after.agentId).toBe(agent.agentId);
    }, 20_000);
  });

  describe('labels', () => {
    it('are replaced, tell what changed, and decide at once on every replica who leads', async () => {
      const zone = await schedulers.zone();
      const [first, second, third] = [await online(zone), await online(zone), await online(zone)];
      await schedulers.primary(zone, (agentId) => agentId === first.agentId);
      const labels = { primary: 'prefer' };
      const changed = await schedulers.rpc('updateAgent', { actor, id: third.agentId, changes: { labels }, ifRevision: 1 });
      expect(changed).toMatchObject({ labels, revision: 2 });
      await event('host.changed', third.agentId);
      await schedulers.rpc('updateAgent', { actor, id: first.agentId, changes: { labels: { primary: 'never' } } });
      await schedulers.primary(zone, (agentId) => agentId === third.agentId);
      expect(second.epochs).toEqual([]);
      expect((await event('host.changed', first.agentId)).data).toMatchObject({
        by: actor.username,
        changed: { labels: { from: {}, to: { primary: 'never' } } },
        revision: 2,
      });
      const stale = { actor, id: third.agentId, changes: { labels: {} }, ifRevision: 1 };
      await expect(schedulers.rpc('updateAgent', stale)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
      expect(third.told).toContainEqual({ kind: 'helloWanted', reason: expect.any(String) });
    }, 20_000);
  });
});
