import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import type { Bus } from '@klevr/messaging/bus';
import { PrimariesBucket } from '@klevr/messaging/primaries-bucket';
import { eventually } from '@klevr/testing/eventually';
import { DataSource } from 'typeorm';
import { Operations } from '../hosts/operations.fixture.js';
import { actor, type Schedulers } from '../scheduler.fixture.js';
import { hostFacts } from '../test-agent.fixture.js';

interface Closing {
  zoneId: string;
  close: boolean;
}

describe('what operators do to zones', () => {
  let operations: Operations;
  let schedulers: Schedulers;
  let taskManager: Bus;
  let bucket: PrimariesBucket;
  const closings: Closing[] = [];
  /** What the task-manager answers, zone by zone; none is open otherwise. */
  const openTasks = new Map<string, number>();
  /** And the provisioner. */
  const resources = new Map<string, number>();

  beforeAll(async () => {
    operations = await Operations.open();
    schedulers = operations.schedulers;
    bucket = new PrimariesBucket(await schedulers.bed.serviceBus('scheduler'));
    taskManager = await schedulers.bed.serviceBus('task-manager');
    taskManager.subscribe(taskManagerRpc.zoneClosing.subscription, (message) => {
      const closing = taskManagerRpc.zoneClosing.request.parse(message.json());
      closings.push(closing);
      taskManager.respond(message.reply ?? '', { ok: true, data: { openTasks: openTasks.get(closing.zoneId) ?? 0 } });
    });
    const provisioner = await schedulers.bed.serviceBus('provisioner');
    provisioner.subscribe(provisionerRpc.zoneClosing.subscription, (message) => {
      const { zoneId } = provisionerRpc.zoneClosing.request.parse(message.json());
      provisioner.respond(message.reply ?? '', { ok: true, data: { resources: resources.get(zoneId) ?? 0 } });
    });
    await provisioner.flush();
  }, 60_000);
  afterAll(() => operations.close(), 90_000);

  const keyOf = async (zone: string): Promise<string> => (await bucket.read(zone)).outcome;
  const revokeUnpushed = (zone: string): Promise<unknown> =>
    query(
      schedulers,
      "INSERT INTO revocations (public_key, agent_id, zone_id, reason, revoked_at) SELECT public_key, id, zone_id, 'x', NOW(3) FROM agents WHERE zone_id = ?",
      [zone],
    );
  /** Asked often enough to meet both replicas. */
  const byEveryReplica = <T>(ask: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 8 }, ask));

  describe('a change', () => {
    it('merges single settings, counts the revision, tells what changed, and reaches the agents within a second', async () => {
      const zone = await schedulers.zone({ heartbeatSeconds: 5 });
      const agent = await schedulers.agent(zone);
      await agent.hello();
      const before = performance.now();
      const changes = { settings: { heartbeatSeconds: 2, maxConcurrentRuns: 7 }, labels: { site: 'seoul' } };
      const changed = await schedulers.rpc('updateZone', { actor, zone, changes, ifRevision: 1 });
      const settings = {
        ...{ heartbeatSeconds: 2, lostAfterSeconds: 60, headlessAlarmSeconds: 10 },
        ...{ maxConcurrentRuns: 7, maxConcurrentRunsPerAgent: 64 },
      };
      expect(changed).toMatchObject({ settings, revision: 2, labels: { site: 'seoul' }, platform: 'bare-metal' });
      await eventually('the new settings at the agent', 1_000, () => agent.settings.at(-1));
      expect(performance.now() - before).toBeLessThan(1_000);
      expect(new Set(agent.settings.map((each) => JSON.stringify(each)))).toEqual(new Set(['{"heartbeatSeconds":2}']));
      expect((await operations.event('host.zoneChanged', zone)).data).toEqual({
        ...{ by: actor.username, settings, revision: 2 },
        changed: {
          labels: { from: {}, to: { site: 'seoul' } },
          'settings.heartbeatSeconds': { from: 5, to: 2 },
          'settings.maxConcurrentRuns': { from: 256, to: 7 },
        },
      });
      expect((await operations.event('host.zoneCreated', zone)).data).toMatchObject({ by: actor.username, revision: 1 });
    });

    it('is refused where the zone has changed since it was read, or is not there', async () => {
      const zone = await schedulers.zone();
      const stale = { actor, zone, changes: { environment: 'prod' as const }, ifRevision: 0 };
      await expect(schedulers.rpc('updateZone', stale)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
      await expect(schedulers.rpc('updateZone', { ...stale, zone: 'no-such-zone' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await schedulers.rpc('getZone', { zone })).toMatchObject({ environment: 'dev', revision: 1 });
    });

    it('of two at once with one If-Match is made once', async () => {
      const zone = await schedulers.zone();
      const change = (heartbeatSeconds: number) =>
        schedulers.rpc('updateZone', { actor, zone, changes: { settings: { heartbeatSeconds } }, ifRevision: 1 });
      const outcomes = await Promise.allSettled([change(3), change(4), change(5)]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('fills in the settings that an old row lacks', async () => {
      const zone = await schedulers.zone();
      await query(schedulers, `UPDATE zones SET settings = '{"heartbeatSeconds": 3}' WHERE id = ?`, [zone]);
      expect((await schedulers.rpc('getZone', { zone })).settings).toMatchObject({ heartbeatSeconds: 3, headlessAlarmSeconds: 10 });
      const changed = await schedulers.rpc('updateZone', { actor, zone, changes: { settings: { lostAfterSeconds: 9 } } });
      const runs = { maxConcurrentRuns: 256, maxConcurrentRunsPerAgent: 64 };
      expect(changed.settings).toEqual({ heartbeatSeconds: 3, lostAfterSeconds: 9, headlessAlarmSeconds: 10, ...runs });
    });
  });

  describe('a deletion', () => {
    it('takes an empty zone away, and its name is free again', async () => {
      const zone = await schedulers.zone();
      const { name } = await schedulers.rpc('getZone', { zone });
      await schedulers.rpc('deleteZone', { actor, zone: name, force: false });
      await expect(schedulers.rpc('getZone', { zone })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(schedulers.rpc('deleteZone', { actor, zone, force: true })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await operations.event('host.zoneDeleted', zone)).data).toMatchObject({ by: actor.username, name, agents: 0 });
      expect((await schedulers.rpc('createZone', { actor, zone: { name } })).id).not.toBe(zone);
      expect(closings.filter(({ zoneId }) => zoneId === zone)).toEqual([expect.objectContaining({ close: false })]);
    });

    it('is refused while it has agents, open tasks, resources, or another revision', async () => {
      const [busy, peopled] = [await schedulers.zone(), await schedulers.zone()];
      openTasks.set(busy, 2);
      const agent = await schedulers.agent(peopled);
      await agent.hello();
      const refused = (zone: string) => schedulers.rpc('deleteZone', { actor, zone, force: false });
      await expect(refused(busy)).rejects.toMatchObject({ code: 'WRONG_STATE', message: expect.stringContaining('2 open tasks') });
      openTasks.delete(busy);
      resources.set(busy, 1);
      await expect(refused(busy)).rejects.toMatchObject({ code: 'WRONG_STATE', message: expect.stringContaining('1 resource;') });
      await expect(refused(peopled)).rejects.toMatchObject({ code: 'WRONG_STATE', message: expect.stringContaining('1 agent;') });
      const stale = schedulers.rpc('deleteZone', { actor, zone: peopled, force: true, ifRevision: 5 });
      await expect(stale).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
      expect(agent).toMatchObject({ connected: true, told: [] });
      await agent.ask('goodbye', { session: agent.session ?? '', reason: 'stopping' });
      await refused(peopled);
    });

    it('by force cancels its tasks, tells its agents and cuts them off, and no replica elects in it any more', async () => {
      const zone = await schedulers.zone();
      const joinToken = await schedulers.joinToken(zone, { maxUses: 9 });
      openTasks.set(zone, 1);
      const agents = [await schedulers.agent(zone), await schedulers.agent(zone), await schedulers.agent(zone)];
      for (const agent of agents) await agent.hello();
      await schedulers.primary(zone, () => true);
      const term = await eventually('its term', 5_000, async () => (await schedulers.rpc('listTerms', { zone })).items[0]);
      await schedulers.rpc('deleteZone', { actor, zone, force: true });
      for (const agent of agents) {
        await eventually('the cut', 1_000, () => (agent.connected ? undefined : true));
        expect(agent.told).toEqual([{ kind: 'removed', reason: expect.any(String) }]);
        await expect(agent.logIn()).rejects.toThrow(/authorization/i);
        await operations.event('host.removed', agent.agentId);
      }
      expect(closings).toContainEqual(expect.objectContaining({ zoneId: zone, close: true }));
      const enroll = { joinToken, publicKey: agents[0]?.publicKey ?? '', host: hostFacts, version: '0.1.0' };
      await expect(schedulers.rpc('enroll', { enroll })).rejects.toMatchObject({ code: 'JOIN_TOKEN_REFUSED' });
      expect((await operations.event('host.zoneDeleted', zone)).data).toMatchObject({ agents: 3 });
      await eventually('the key is gone', 2_000, async () => ((await keyOf(zone)) === 'none' ? true : undefined));
      const gone = await byEveryReplica(() => schedulers.rpc('getPrimary', { zone }).catch((error: unknown) => error));
      expect(gone).toEqual(gone.map(() => expect.objectContaining({ code: 'NOT_FOUND' })));
      const kept = await query(schedulers, 'SELECT epoch FROM terms WHERE zone_id = ?', [zone]);
      expect(kept).toContainEqual({ epoch: String(term.epoch) });
    }, 20_000);

    it('removes a key that a replica writes that has not heard of it yet', async () => {
      const zone = await schedulers.zone();
      const agent = await schedulers.agent(zone);
      await agent.hello();
      await schedulers.primary(zone, () => true);
      const read = await bucket.read(zone);
      if (read.outcome !== 'found') throw new Error(`no key: ${read.outcome}`);
      await schedulers.rpc('deleteZone', { actor, zone, force: true });
      const after = await eventually('the key is gone', 2_000, async () => {
        const now = await bucket.read(zone);
        return now.outcome === 'none' ? now : undefined;
      });
      expect(await bucket.put(zone, read.key, after.revision)).toMatchObject({ outcome: 'written' });
      await eventually('the key is gone again', 2_000, async () => ((await keyOf(zone)) === 'none' ? true : undefined));
    }, 20_000);

    it('that died half-way is finished by asking again', async () => {
      const zone = await schedulers.zone();
      const agent = await schedulers.agent(zone);
      await agent.hello();
      // An agent's key is revoked and not pushed; then the replica died.
      await revokeUnpushed(zone);
      await schedulers.rpc('deleteZone', { actor, zone, force: true });
      await eventually('the cut', 1_000, () => (agent.connected ? undefined : true));
      await expect(agent.logIn()).rejects.toThrow(/authorization/i);
    }, 20_000);

    it('that could not tell the NATS servers is finished by asking again, or by the next replica that starts', async () => {
      const zone = await schedulers.zone();
      const agent = await schedulers.agent(zone);
      await agent.hello();
      // The rows are gone, the key is revoked and not pushed.
      await revokeUnpushed(zone);
      for (const table of ['agents', 'join_tokens']) await query(schedulers, `DELETE FROM ${table} WHERE zone_id = ?`, [zone]);
      await query(schedulers, 'DELETE FROM zones WHERE id = ?', [zone]);
      await expect(schedulers.rpc('deleteZone', { actor, zone, force: true })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await eventually('the cut', 1_000, () => (agent.connected ? undefined : true));
    }, 20_000);
  });
});

const query = async (schedulers: Schedulers, sql: string, parameters: unknown[]): Promise<unknown> => {
  const dataSource = await new DataSource({ type: 'mysql', url: schedulers.bed.databaseUrl, timezone: 'Z' }).initialize();
  try {
    return await dataSource.query(sql, parameters);
  } finally {
    await dataSource.destroy();
  }
};
