import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { Target } from '@klevr/contracts/target';
import { Schedulers, actor } from '../scheduler.fixture.js';
import { hostFacts } from '../test-agent.fixture.js';
import { MembersStore } from './members.store.js';

describe('targets by what hosts tell', () => {
  let schedulers: Schedulers;
  beforeAll(async () => {
    schedulers = await Schedulers.open(2);
  }, 60_000);
  afterAll(() => schedulers.close(), 90_000);

  const resolve = async (zone: string, target: Target) => (await schedulers.rpc('resolveTarget', { zone, target })).agents;
  const listed = async (zone: string, label: string) => (await schedulers.rpc('listAgents', { zone, label })).items.map(({ id }) => id);
  const drain = (agentId: string) => schedulers.database.query('UPDATE agents SET drained = 1 WHERE id = ?', [agentId]);

  it('finds agents by facts, capabilities and the place of the zone, for tasks and lists alike', async () => {
    const name = `z${newId('zone').slice(-12).toLowerCase()}`;
    const zone = (await schedulers.rpc('createZone', { actor, zone: { name, platform: 'gcp', environment: 'prod' } })).id;
    const [plain, large] = [await schedulers.agent(zone), await schedulers.agent(zone)];
    await plain.hello();
    const { session } = await large.hello();
    const cloud = { provider: 'gcp' as const, region: 'europe-west1' };
    const facts = {
      ...hostFacts,
      cpu: { count: 16, model: 'm' },
      cloud,
      addresses: ['10.9.9.9'],
      capabilities: { docker: '20.10.24+dfsg1' },
    };
    await large.ask('facts', { session, facts, beaconUrl: null });
    for (const text of [
      'cpus>8',
      'cloud.region=europe-west1',
      'capability.docker=20.10.24-dfsg1',
      'address=10.9.9.9',
      '!capability.bash',
    ]) {
      expect([text, (await resolve(zone, { all: text })).map(({ agentId }) => agentId)]).toEqual([text, [large.agentId]]);
      expect([text, await listed(zone, text)]).toEqual([text, [large.agentId]]);
    }
    expect(await resolve(zone, { any: 'capability.bash,!cloud.provider' })).toMatchObject([{ agentId: plain.agentId }]);
    const both = [plain.agentId, large.agentId].sort();
    expect(await listed(zone, 'platform=gcp,environment in (prod)')).toEqual(both);
    expect(await listed(zone, 'environment=dev')).toEqual([]);
  });

  it('never gives work for any to a drained agent, and says of others that they are drained', async () => {
    const zone = await schedulers.zone();
    const agent = await schedulers.agent(zone);
    await drain(agent.agentId);
    await agent.hello();
    expect(await resolve(zone, { any: '' })).toEqual([]);
    expect(await resolve(zone, { all: '' })).toMatchObject([{ agentId: agent.agentId, drained: true }]);
    expect(await resolve(zone, { agent: agent.agentId })).toMatchObject([{ drained: true }]);
    const other = await schedulers.agent(zone);
    await other.hello();
    expect(await resolve(zone, { any: '' })).toMatchObject([{ agentId: other.agentId }]);
  });

  it('tells the revision of the zone whose settings it gives', async () => {
    const zone = await schedulers.zone({ maxConcurrentRuns: 7, maxConcurrentRunsPerAgent: 3 });
    const told = { maxConcurrentRuns: 7, maxConcurrentRunsPerAgent: 3, zoneRevision: 1 };
    expect(await schedulers.rpc('resolveTarget', { zone, target: { all: '' } })).toMatchObject(told);
  });

  it('reads a pool of 10,000 agents once, and not again until one of them changes', async () => {
    const zone = await schedulers.zone();
    const [agent, other] = [await schedulers.agent(zone, { role: 'db' }), await schedulers.agent(zone, { role: 'db' })];
    await agent.hello();
    const copies = `INSERT INTO agents (id, zone_id, public_key, status, status_cause, status_since, labels, version, facts, standing, load_score, created_at)
      SELECT CONCAT('agt_01JBZ6V1GQ', LPAD(seq, 16, '0')), zone_id, CONCAT('UX', LPAD(seq, 54, 'A')), status, status_cause, status_since,
        '{"role": "web"}', version, facts, FALSE, 1, created_at
      FROM agents JOIN seq_1_to_10000 WHERE id = ?`;
    await schedulers.database.query(copies, [agent.agentId]);
    await other.hello();
    const stores = [0, 1].map((index) => jest.spyOn(schedulers.replica(index).get(MembersStore), 'all'));
    const reads = (): number => stores.reduce((sum, store) => sum + store.mock.calls.length, 0);
    expect(await resolve(zone, { all: 'role=db' })).toHaveLength(2);
    for (let count = 0; count < 20; count++) await resolve(zone, { any: 'role=web,cpus>1,os in (linux)' });
    // By each replica, and once more where the word of the last hello came after its first reading.
    expect(reads()).toBeLessThanOrEqual(4);
    await agent.ask('goodbye', { session: agent.session ?? '', reason: 'stopping' });
    const before = reads();
    expect((await resolve(zone, { all: 'role=db' })).map(({ agentId }) => agentId)).toEqual([other.agentId]);
    expect(reads()).toBe(before + 1);
  }, 60_000);
});
