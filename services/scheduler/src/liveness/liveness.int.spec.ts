import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Event } from '@klevr/contracts/event';
import { subjects } from '@klevr/contracts/subjects';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers, actor } from '../scheduler.fixture.js';
import { hostFacts, type TestAgent } from '../test-agent.fixture.js';

describe('liveness', () => {
  let schedulers: Schedulers;
  const events: Event[] = [];
  beforeAll(async () => {
    schedulers = await Schedulers.open(2);
    const bus = await schedulers.bed.serviceBus('scheduler');
    bus.subscribe(subjects.event.wildcard({ topic: 'host' }), (message) => events.push(Event.parse(message.json())));
  }, 60_000);
  afterAll(() => schedulers.close(), 90_000);

  const event = (type: Event['type'], subjectId: string): Promise<Event> =>
    eventually(`${type} of ${subjectId}`, 5_000, () => events.find((each) => each.type === type && each.subjectId === subjectId));
  const typesOf = (agent: TestAgent): string[] => events.filter(({ subjectId }) => subjectId === agent.agentId).map(({ type }) => type);
  const status = async (agent: TestAgent): Promise<string> => (await schedulers.rpc('getAgent', { id: agent.agentId })).status;
  const becomes = (agent: TestAgent, wanted: string, withinMs = 5_000) =>
    eventually(`${agent.agentId} ${wanted}`, withinMs, async () => {
      const found = await schedulers.rpc('getAgent', { id: agent.agentId });
      return found.status === wanted ? found : undefined;
    });
  const online = async (zone: string, count: number): Promise<TestAgent[]> => {
    const agents: TestAgent[] = [];
    for (let index = 0; index < count; index++) {
      const agent = await schedulers.agent(zone);
      await agent.hello();
      agents.push(agent);
    }
    return agents;
  };

  it('suspects an agent within a second of the cut of its connection, and a drained one comes back drained', async () => {
    const zone = await schedulers.zone();
    const [agent] = (await online(zone, 1)) as [TestAgent];
    await schedulers.rpc('drainAgent', { actor, id: agent.agentId });
    await agent.kill();
    await becomes(agent, 'suspect', 1_000);
    await agent.restart();
    await agent.hello();
    expect(await status(agent)).toBe('drained');
    expect((await event('host.suspect', agent.agentId)).data).toMatchObject({ cause: 'its connection was cut', previousStatus: 'drained' });
  }, 20_000);

  it('knows a host that announced its sleep, one that slept unannounced, and one that rebooted', async () => {
    const zone = await schedulers.zone({ lostAfterSeconds: 1 });
    const [agent, other] = (await online(zone, 2)) as [TestAgent, TestAgent];
    await agent.ask('goodbye', { session: agent.session ?? '', reason: 'suspending' });
    await agent.kill();
    await other.kill();
    // The other one shows that a grace has passed meanwhile.
    await becomes(other, 'lost');
    expect(await schedulers.rpc('getAgent', { id: agent.agentId })).toMatchObject({ status: 'suspended' });
    expect(typesOf(agent)).toEqual(['host.joined', 'host.online', 'host.suspended']);
    await agent.restart();
    await agent.hello(true, { sleptSeconds: 42.4 });
    expect(await schedulers.rpc('getAgent', { id: agent.agentId })).toMatchObject({
      status: 'online',
      statusCause: 'back after sleeping 42 s',
    });
    await other.restart();
    await other.hello(true, { sleptSeconds: 7, facts: hostFacts });
    const back = await schedulers.rpc('getAgent', { id: other.agentId });
    expect(back.statusCause).toBe('back after sleeping 7 s; it had been taken for lost, and slept');
    await other.hello(true, { facts: { ...hostFacts, bootId: 'b2', addresses: ['10.0.0.2'], kernel: '6.2', uptimeSeconds: 5 } });
    expect((await event('host.rebooted', other.agentId)).data).toEqual({ from: 'b', to: 'b2' });
    expect((await event('host.networkChanged', other.agentId)).data).toEqual({ from: ['10.0.0.1'], to: ['10.0.0.2'] });
    expect((await event('host.factsChanged', other.agentId)).data).toEqual({ changed: ['kernel'] });
    const facts = { ...hostFacts, bootId: 'b2', addresses: ['10.0.0.2'], kernel: '6.2', uptimeSeconds: 500 };
    const before = typesOf(other).length;
    await other.ask('facts', { session: other.session ?? '', facts, beaconUrl: null });
    await other.ask('facts', { session: other.session ?? '', facts: { ...facts, hostname: 'web-9' }, beaconUrl: null });
    await eventually('the other name', 5_000, () => typesOf(other).length > before || undefined);
    expect(typesOf(other).slice(before)).toEqual(['host.factsChanged']);
  }, 20_000);

  it('asks those whom a new primary has not heard, and suspects those that do not answer', async () => {
    const zone = await schedulers.zone({ heartbeatSeconds: 0.2 });
    const [first, dead, mute, heard] = (await online(zone, 4)) as [TestAgent, TestAgent, TestAgent, TestAgent];
    const { epoch } = await schedulers.primary(zone, (agentId) => agentId === first.agentId);
    for (const agent of [dead, mute, heard]) agent.answering = agent === mute;
    first.report(epoch, [{ agentId: heard.agentId, session: heard.session ?? '', state: 'heard', lastHeardMsAgo: 0 }]);
    const found = await becomes(dead, 'suspect');
    expect(found.statusCause).toBe('not heard by its primary, and no answer to a probe');
    expect([await status(mute), await status(heard)]).toEqual(['online', 'online']);
  }, 20_000);

  it('believes its primary alone, and one that answers a probe although its primary does not hear it does not flap', async () => {
    const zone = await schedulers.zone({ heartbeatSeconds: 0.2, lostAfterSeconds: 1 });
    const [first, second, third] = (await online(zone, 3)) as [TestAgent, TestAgent, TestAgent];
    const { epoch } = await schedulers.primary(zone, (agentId) => agentId === first.agentId);
    const silent = (agent: TestAgent) => [
      { agentId: agent.agentId, session: agent.session ?? '', state: 'silent' as const, lastHeardMsAgo: 1_000 },
    ];
    // Its hello was less than three heartbeats ago until then.
    await eventually('the suspicion', 5_000, async () => {
      third.report(epoch, silent(second));
      first.report(epoch, silent(third));
      return (await status(third)) === 'suspect' || undefined;
    });
    expect(await status(second)).toBe('online');
    expect((await becomes(third, 'online')).statusCause).toBe('answered a probe');
    const told = typesOf(third).length;
    for (let round = 0; round < 20; round++) first.report(epoch, silent(third));
    second.answering = false;
    await eventually('the next suspicion', 5_000, async () => {
      first.report(epoch, [...silent(third), ...silent(second)]);
      return (await status(second)) === 'suspect' || undefined;
    });
    expect(typesOf(third).length).toBeLessThanOrEqual(told + 1);
    expect(await status(third)).toBe('online');
  }, 20_000);

  it('replaces a primary that a second opinion calls gone and that does not answer', async () => {
    const zone = await schedulers.zone();
    const [first, second] = (await online(zone, 2)) as [TestAgent, TestAgent];
    const { epoch } = await schedulers.primary(zone, (agentId) => agentId === first.agentId);
    first.beating = false;
    first.answering = false;
    await second.hello(true, { opinion: { agentId: first.agentId, epoch, beacon: 'unreachable' } });
    const next = await schedulers.primary(zone, (agentId) => agentId === second.agentId);
    expect(next.epoch).toBeGreaterThan(epoch);
  }, 20_000);

  it('tells the beacon of the primary in the answer to a hello', async () => {
    const zone = await schedulers.zone();
    const first = await schedulers.agent(zone);
    await first.hello(true, { beaconUrl: 'http://10.0.0.1:18800' });
    await schedulers.primary(zone, (agentId) => agentId === first.agentId);
    const reply = await eventually('both replicas know it', 5_000, async () => {
      const { primary } = await first.hello(true, { beaconUrl: 'http://10.0.0.1:18800' });
      return primary?.beaconUrl ? primary : undefined;
    });
    expect(reply.beaconUrl).toBe('http://10.0.0.1:18800');
  }, 20_000);

  describe('two machines with one identity', () => {
    it('leave the first untouched and the second refused, until the first is gone', async () => {
      const zone = await schedulers.zone();
      const [agent] = (await online(zone, 1)) as [TestAgent];
      const { epoch } = await schedulers.primary(zone, (agentId) => agentId === agent.agentId);
      const session = agent.session;
      const twin = await agent.clone();
      const facts = { ...hostFacts, hostname: 'web-1-copy', addresses: ['10.0.0.7'] };
      for (let attempt = 0; attempt < 3; attempt++) {
        await expect(twin.hello(true, { facts })).rejects.toMatchObject({
          code: 'CLONE_REFUSED',
          message: expect.stringMatching(/web-1 \(10\.0\.0\.1\).*web-1-copy \(10\.0\.0\.7\)/),
        });
      }
      const refused = await event('host.cloneRefused', agent.agentId);
      expect(refused.data).toMatchObject({ first: { hostname: 'web-1' }, second: { hostname: 'web-1-copy', addresses: ['10.0.0.7'] } });
      expect(typesOf(agent).filter((type) => type === 'host.cloneRefused').length).toBeLessThanOrEqual(2);
      const found = await schedulers.rpc('getAgent', { id: agent.agentId });
      expect(found).toMatchObject({ status: 'online', session, facts: { hostname: 'web-1' } });
      expect(await schedulers.rpc('getPrimary', { zone })).toMatchObject({ agentId: agent.agentId, epoch });
      const sign = { session: session ?? '', epoch, conn: agent.conn };
      await expect(agent.ask('stamp', sign)).resolves.toMatchObject({ outcome: 'primary' });
      await agent.kill();
      await expect(twin.hello(true, { facts })).resolves.toMatchObject({ session: expect.not.stringMatching(session ?? '') });
      await twin.kill();
    }, 20_000);

    it('do not hold up a plain restart', async () => {
      const zone = await schedulers.zone();
      const [agent] = (await online(zone, 1)) as [TestAgent];
      const took: number[] = [];
      for (let round = 0; round < 3; round++) {
        await agent.restart();
        const startedAt = performance.now();
        await agent.hello();
        took.push(performance.now() - startedAt);
      }
      expect(Math.max(...took)).toBeLessThan(700);
      expect(typesOf(agent)).not.toContain('host.cloneRefused');
    }, 20_000);
  });
});
