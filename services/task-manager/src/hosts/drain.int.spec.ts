import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '@klevr/testing/eventually';
import { zoneNameOf, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';

describe('drained agents', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const to = (agent: FakeAgent): Promise<{ id: string }> => centre.noop(agent.zoneId, { agent: agent.agentId });
  const isDrained = (agentId: string, drained = true): Promise<unknown> =>
    eventually('the drain', 5_000, async () => {
      const sql = 'SELECT 1 FROM agent_state WHERE agent_id = ? AND drained = ?';
      return (await centre.database.query<unknown[]>(sql, [agentId, drained])).length === 1 ? true : undefined;
    });
  const drain = async (agent: { zoneId: string; agentId: string }): Promise<void> => {
    await centre.hostEvent('host.drained', agent, undefined, { by: 'tester' });
    await isDrained(agent.agentId);
  };
  const resolveTo = (...agents: FakeAgent[]): void => {
    const zoneId = agents[0]?.zoneId ?? '';
    const found = agents.map(({ agentId }) => ({ agentId, status: 'online' as const, since: new Date().toISOString() }));
    centre.resolve = () => ({ zoneId, zoneName: zoneNameOf(zoneId), maxConcurrentRuns: 100, agents: found });
  };

  it('finish what runs and get nothing new, until they are undrained', async () => {
    const agent = await centre.agent();
    const running = await to(agent);
    const { id } = await centre.onlyRun(running.id);
    await agent.commands(id);
    await agent.facts({ kind: 'started', runId: id, attempt: 1 });
    await drain(agent);
    const task = await to(agent);
    const waiting = await centre.run(task.id, 'waiting', (run) => run.reason?.code === 'AGENT_DRAINED');
    expect(waiting).toMatchObject({
      status: 'queued',
      reason: { message: expect.stringMatching(/^agent drained since 20\S+ \(by tester\)$/), since: expect.any(String) },
    });
    expect((await centre.rpc('getTask', { id: task.id })).reason?.code).toBe('AGENT_DRAINED');
    await agent.succeed(id);
    expect((await centre.runWithStatus(running.id, 'succeeded')).attempt).toBe(1);
    await agent.hello();
    expect((await centre.onlyRun(task.id)).reason?.code).toBe('AGENT_DRAINED');
    expect(agent.received.map(({ command }) => command.runId)).toEqual([id]);
    await centre.hostEvent('host.undrained', agent);
    await agent.commands(waiting.id);
  });

  it('are not sent again what they have not accepted, and are once undrained', async () => {
    const agent = await centre.agent();
    const task = await to(agent);
    const { id } = await centre.onlyRun(task.id);
    await agent.commands(id);
    await drain(agent);
    const wasSent = agent.received.length;
    await centre.run(task.id, 'put aside', (run) => run.reason?.code === 'AGENT_DRAINED');
    await eventually('the run to be put aside', 10_000, async () => {
      const [row] = await centre.database.query<{ wakeAt: Date | null }[]>('SELECT wake_at wakeAt FROM runs WHERE id = ?', [id]);
      return row?.wakeAt === null ? true : undefined;
    });
    expect(agent.received.length - wasSent).toBeLessThanOrEqual(1);
    const before = agent.received.length;
    await centre.hostEvent('host.undrained', agent);
    const again = await agent.commands(id, before + 1);
    expect(again.at(-1)?.command.attempt).toBe(1);
  });

  it('still confirm cancels', async () => {
    const agent = await centre.agent();
    const task = await to(agent);
    const { id } = await centre.onlyRun(task.id);
    await agent.commands(id);
    await drain(agent);
    await centre.cancel(task.id);
    await eventually('the cancel', 5_000, () => agent.received.find(({ command }) => command.verb === 'cancel'));
    await agent.facts({ kind: 'refused', runId: id, attempt: 1, code: 'CANCELED', detail: '' });
    expect((await centre.runWithStatus(task.id, 'canceled')).reason?.code).toBe('CANCELED_BY_USER');
  });

  it('stay drained though they were before they ever said hello, and though an older word comes later', async () => {
    const [known, zoneId] = [await centre.agent(), newId('zone')];
    const { agentId } = await centre.bed.agentBus(zoneId);
    await drain({ zoneId, agentId });
    const request = { agentId, zoneId, zoneName: zoneNameOf(zoneId), session: newId('session'), journalId: newId('journal') };
    await centre.rpc('agentHello', { ...request, maxConcurrentRuns: 10, attempts: [] });
    const task = await centre.noop(zoneId, { agent: agentId });
    expect((await centre.run(task.id, 'waiting', (run) => run.reason !== null)).reason?.code).toBe('AGENT_DRAINED');

    const future = new Date(Date.now() + 60_000);
    await centre.database.query('UPDATE agent_state SET drained = 1, drain_since = ? WHERE agent_id = ?', [future, known.agentId]);
    await centre.hostEvent('host.undrained', known);
    await centre.hostEvent('host.undrained', { zoneId, agentId });
    await isDrained(agentId, false);
    await isDrained(known.agentId);
  });

  it('leave what any agent may do to others, and what is for all waits', async () => {
    const zone = newId('zone');
    const [first, second] = [await centre.agent(zone), await centre.agent(zone)];
    await drain(first);
    resolveTo(first);
    const any = await centre.noop(zone, { any: '' });
    const { id } = await centre.run(any.id, 'put aside', (run) => run.reason?.code === 'AGENT_DRAINED');
    resolveTo(second);
    await second.commands(id);
    resolveTo(first, second);
    const all = await centre.noop(zone, { all: '' });
    const runs = await centre.runs(all.id);
    expect(runs.find(({ agentId }) => agentId === first.agentId)?.reason?.code).toBe('AGENT_DRAINED');
    await second.commands(runs.find(({ agentId }) => agentId === second.agentId)?.id ?? '');
    expect(first.received).toEqual([]);
  });

  it('are known as such where the scheduler says so of one that was never heard of', async () => {
    const agent = await centre.agent();
    const { agentId } = await centre.bed.agentBus(agent.zoneId);
    const since = '2026-01-02T03:04:05.678Z';
    const { zoneId } = agent;
    const agents = [{ agentId, status: 'drained' as const, since, drained: true }];
    centre.resolve = () => ({ zoneId, zoneName: zoneNameOf(zoneId), maxConcurrentRuns: 100, agents });
    const task = await centre.noop(zoneId, { all: '' });
    expect((await centre.onlyRun(task.id)).reason).toMatchObject({ code: 'AGENT_DRAINED', since });
  });

  it('that sleep are told apart from those that are away', async () => {
    const agent = await centre.agent();
    await centre.hostEvent('host.suspended', agent, 'lid closed');
    const task = await to(agent);
    const { reason } = await centre.run(task.id, 'waiting', (run) => run.reason?.code === 'AGENT_SUSPENDED');
    expect(reason?.message).toMatch(/^agent suspended since 20\S+ \(lid closed\)$/);
    await centre.hostEvent('host.online', agent);
    await agent.commands((await centre.onlyRun(task.id)).id);
  });
});
