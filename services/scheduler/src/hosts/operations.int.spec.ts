import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AppError } from '@klevr/contracts/errors';
import { accountIssuerOf } from '@klevr/messaging/auth/account-jwt';
import { pushRevocations } from '@klevr/messaging/auth/revocation';
import { Bus } from '@klevr/messaging/bus';
import { eventually } from '@klevr/testing/eventually';
import { ElectionService } from '../election/election.service.js';
import { actor, type Schedulers } from '../scheduler.fixture.js';
import { hostFacts } from '../test-agent.fixture.js';
import { Operations } from './operations.fixture.js';

describe('what operators do to agents', () => {
  let operations: Operations;
  let schedulers: Schedulers;
  beforeAll(async () => {
    operations = await Operations.open();
    schedulers = operations.schedulers;
  }, 60_000);
  afterAll(() => operations.close(), 90_000);

  describe('removal', () => {
    it('tells the agent, cuts it off within a second and keeps it out, until its host joins with a new token and key', async () => {
      const zone = await schedulers.zone();
      const [agent, other] = [await operations.online(zone), await operations.online(zone)];
      const startedAt = performance.now();
      await schedulers.rpc('deleteAgent', { actor, id: agent.agentId });
      await eventually('the cut', 2_000, () => (agent.connected ? undefined : true));
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      expect(agent.told).toEqual([{ kind: 'removed', reason: expect.any(String) }]);
      await expect(agent.logIn()).rejects.toThrow(/authorization/i);
      expect(other.connected).toBe(true);
      await expect(schedulers.rpc('getAgent', { id: agent.agentId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(schedulers.rpc('deleteAgent', { actor, id: agent.agentId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await operations.event('host.removed', agent.agentId)).data).toMatchObject({ by: actor.username, previousStatus: 'online' });
      await expect(
        schedulers.rpc('enroll', {
          enroll: { joinToken: await schedulers.joinToken(zone), publicKey: agent.publicKey, host: hostFacts, version: '0.1.0' },
        }),
      ).rejects.toMatchObject({ code: 'AGENT_REMOVED' });
      const again = await operations.online(zone);
      expect(again.agentId).not.toBe(agent.agentId);
    }, 20_000);

    it('of the primary has the next one appointed at once', async () => {
      const zone = await schedulers.zone();
      const [first, second] = [await operations.online(zone), await operations.online(zone)];
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
      const agents = [await operations.online(zone), await operations.online(zone), await operations.online(zone)];
      await Promise.all(agents.map(({ agentId: id }) => schedulers.rpc('deleteAgent', { actor, id })));
      for (const agent of agents) await expect(agent.logIn()).rejects.toThrow(/authorization/i);
      await forgetRevocations(schedulers);
      await agents[0]?.logIn();
      await (await schedulers.start()).close();
      for (const agent of agents) await expect(agent.logIn()).rejects.toThrow(/authorization/i);
    }, 30_000);

    it('is refused where the agent has changed since it was read', async () => {
      const zone = await schedulers.zone();
      const { agentId: id } = await operations.online(zone);
      await schedulers.rpc('updateAgent', { actor, id, changes: { labels: { role: 'web' } } });
      await expect(schedulers.rpc('deleteAgent', { actor, id, ifRevision: 1 })).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
      await schedulers.rpc('deleteAgent', { actor, id, ifRevision: 2 });
    });
  });

  describe('drain', () => {
    it('has a primary hand over first, keeps it from leading, and is undone', async () => {
      const zone = await schedulers.zone();
      const [first, second] = [await operations.online(zone), await operations.online(zone)];
      await schedulers.primary(zone, (agentId) => agentId === first.agentId);
      const drained = await schedulers.rpc('drainAgent', { actor, id: first.agentId });
      expect(drained).toMatchObject({ drained: true, status: 'drained', isPrimary: false });
      await schedulers.primary(zone, (agentId) => agentId === second.agentId);
      // A replica that has not heard of it yet may still appoint it, and is put right by the event.
      await eventually('every replica refuses it', 5_000, async () => {
        const asked = Array.from({ length: 6 }, () => schedulers.rpc('handOver', { actor, zone, agentId: first.agentId }));
        const answers = await Promise.allSettled(asked);
        const refused = answers.filter((answer) => answer.status === 'rejected' && (answer.reason as AppError).code === 'WRONG_STATE');
        return refused.length === answers.length ? true : undefined;
      });
      await schedulers.primary(zone, (agentId) => agentId === second.agentId);
      expect(await schedulers.rpc('drainAgent', { actor, id: first.agentId })).toMatchObject({ revision: drained.revision });
      const undrained = await schedulers.rpc('undrainAgent', { actor, id: first.agentId });
      expect(undrained).toMatchObject({ drained: false, status: 'online' });
      await first.hello();
      await schedulers.rpc('handOver', { actor, zone, agentId: first.agentId });
      await operations.event('host.drained', first.agentId);
      await operations.event('host.undrained', first.agentId);
      expect(first.told.map(({ kind }) => kind)).toEqual(['helloWanted', 'helloWanted', 'helloWanted']);
    }, 20_000);

    it('outlasts a restart of the agent', async () => {
      const zone = await schedulers.zone();
      const [agent, other] = [await operations.online(zone), await operations.online(zone)];
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
      const agent = await operations.online(zone);
      const { epoch } = await schedulers.primary(zone, (agentId) => agentId === agent.agentId);
      await schedulers.rpc('drainAgent', { actor, id: agent.agentId });
      await eventually('no primary on either replica', 5_000, async () => {
        const answers = await Promise.all(Array.from({ length: 6 }, () => schedulers.rpc('getPrimary', { zone })));
        return answers.every((primary) => primary === null) ? true : undefined;
      });
      // One that starts finds a key that names the agent all the same.
      const started = await schedulers.start();
      const election = started.get(ElectionService);
      expect(await election.keyFor(zone, '', '')).toMatchObject({ agentId: agent.agentId, epoch });
      await eventually('no primary on a new replica', 5_000, () => (election.primaryOf(zone) === null ? true : undefined));
      await started.close();
      await schedulers.rpc('undrainAgent', { actor, id: agent.agentId });
      await agent.hello();
      const after = await schedulers.primary(zone, (_agentId, now) => now > epoch);
      expect(after.agentId).toBe(agent.agentId);
    }, 20_000);
  });

  describe('labels', () => {
    it('are replaced, tell what changed, and decide at once on every replica who leads', async () => {
      const zone = await schedulers.zone();
      const [first, second, third] = [await operations.online(zone), await operations.online(zone), await operations.online(zone)];
      await schedulers.primary(zone, (agentId) => agentId === first.agentId);
      const labels = { primary: 'prefer' };
      const changed = await schedulers.rpc('updateAgent', { actor, id: third.agentId, changes: { labels }, ifRevision: 1 });
      expect(changed).toMatchObject({ labels, revision: 2 });
      await operations.event('host.changed', third.agentId);
      await schedulers.rpc('updateAgent', { actor, id: first.agentId, changes: { labels: { primary: 'never' } } });
      await schedulers.primary(zone, (agentId) => agentId === third.agentId);
      expect(second.epochs).toEqual([]);
      expect((await operations.event('host.changed', first.agentId)).data).toMatchObject({
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

/** As a NATS server does that was set up anew. */
const forgetRevocations = async ({ bed }: Schedulers): Promise<void> => {
  const creds = await bed.systemCreds();
  const owner = { service: 'scheduler', system: true };
  const system = await Bus.connect({ servers: [bed.natsUrl], name: 'test', credentials: () => creds, owner });
  const request = async (subject: string, data: Uint8Array): Promise<{ data: Uint8Array }> => ({
    data: (await system.request(subject, 'claims', data, { inbox: { to: 'service' }, timeoutMs: 5_000 })).bytes,
  });
  await pushRevocations({ request }, accountIssuerOf(bed.natsIdentity), []);
  await system.close();
};
