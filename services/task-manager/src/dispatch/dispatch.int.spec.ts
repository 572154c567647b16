import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '@klevr/testing/eventually';
import { zoneNameOf, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';

describe('dispatching', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const resolveTo = (agents: FakeAgent[], zoneId = agents[0]?.zoneId ?? ''): void => {
    centre.resolve = () => ({
      zoneId,
      zoneName: zoneNameOf(zoneId),
      maxConcurrentRuns: 100,
      agents: agents.map(({ agentId }) => ({ agentId, status: 'online', since: new Date().toISOString() })),
    });
  };
  const to = (agent: FakeAgent, more: object = {}): Promise<{ id: string }> => centre.noop(agent.zoneId, { agent: agent.agentId }, more);

  it('goes straight to the agent of a zone that never had a primary, with epoch 0', async () => {
    const agent = await centre.agent();
    const { id } = await centre.onlyRun((await to(agent)).id);
    expect((await agent.commands(id))[0]).toMatchObject({ way: 'straight', command: { epoch: 0 } });
  });

  it('goes straight, with no lower an epoch, where the primary has gone', async () => {
    const agent = await centre.agent();
    const epoch = await centre.appoint(agent);
    await centre.bucket.remove(agent.zoneId, (await revisionOf(agent)) ?? 0);
    const straight = await eventually('a straight command', 5_000, async () => {
      const { id } = await centre.onlyRun((await to(agent)).id);
      return (await agent.commands(id)).find(({ way }) => way === 'straight');
    });
    expect(straight.command.epoch).toBeGreaterThanOrEqual(epoch);
  });

  it('goes straight where the primary does not say that it received', async () => {
    const agent = await centre.agent();
    const epoch = await centre.appoint(agent);
    await agent.lead(epoch, { silent: true });
    const { id } = await centre.onlyRun((await to(agent)).id);
    expect((await agent.commands(id))[0]).toMatchObject({ way: 'straight', command: { attempt: 1, epoch } });
    expect(agent.deliveries).toHaveLength(1);
  });

  it("goes straight where nobody listens to the epoch's subject", async () => {
    const agent = await centre.agent();
    await centre.appoint(agent);
    agent.stopLeading();
    await agent.bus.flush();
    const { id } = await centre.onlyRun((await to(agent)).id);
    expect((await agent.commands(id))[0]?.way).toBe('straight');
  });

  it('sends the same attempt again until it is accepted', async () => {
    const agent = await centre.agent();
    await centre.appoint(agent);
    const task = await to(agent);
    const { id } = await centre.onlyRun(task.id);
    const commands = await agent.commands(id, 3);
    expect(commands.map(({ command, way }) => [command.attempt, way])).toEqual([
      [1, 'primary'],
      [1, 'primary'],
      [1, 'straight'],
    ]);
    await agent.succeed(id);
    expect(await centre.runWithStatus(task.id, 'succeeded')).toMatchObject({ attempt: 1, attempts: [{ number: 1 }] });
  }, 20_000);

  it('sends what nobody accepted under the epoch of a new primary, at once', async () => {
    const [old, next] = [await centre.agent(), undefined as FakeAgent | undefined];
    const second = next ?? (await centre.agent(old.zoneId));
    const before = await centre.appoint(old);
    const { id } = await centre.onlyRun((await to(second)).id);
    await second.commands(id);
    const startedAt = performance.now();
    const epoch = await centre.appoint(second);
    const command = await eventually('a command of the new epoch', 5_000, () => second.received.find((one) => one.command.epoch === epoch));
    expect(epoch).toBeGreaterThan(before);
    expect(command.command).toMatchObject({ runId: id, attempt: 1 });
    expect(performance.now() - startedAt).toBeLessThan(900);
  });

  it('makes a new attempt where the agent refused the last one because of its epoch or session', async () => {
    const agent = await centre.agent();
    await centre.appoint(agent);
    const task = await to(agent);
    const { id } = await centre.onlyRun(task.id);
    await agent.commands(id);
    await agent.facts({ kind: 'refused', runId: id, attempt: 1, code: 'STALE_EPOCH', detail: 'below' });
    await eventually('the second attempt', 5_000, () =>
      agent.received.find(({ command }) => command.runId === id && command.attempt === 2),
    );
    await agent.succeed(id, 2);
    expect((await centre.runWithStatus(task.id, 'succeeded')).attempts).toMatchObject([
      { number: 1, outcome: 'failed' },
      { number: 2, outcome: 'succeeded' },
    ]);
  });

  it('keeps to the limit of the zone, the most urgent first, and goes on when a place is free', async () => {
    const agent = await centre.agent(undefined, { maxConcurrentRuns: 1 });
    await centre.appoint(agent);
    const first = await centre.onlyRun((await to(agent)).id);
    await agent.commands(first.id);
    const [low, high] = [await to(agent, { priority: -5 }), await to(agent, { priority: 5 })];
    const waiting = await centre.run(low.id, 'waiting', (run) => run.reason?.code === 'ZONE_BUSY');
    const urgent = await centre.onlyRun(high.id);
    expect(waiting.status).toBe('queued');
    await agent.succeed(first.id);
    await agent.commands(urgent.id);
    expect(agent.received.some(({ command }) => command.runId === waiting.id)).toBe(false);
    await agent.succeed(urgent.id);
    await agent.commands(waiting.id);
  });

  it('gives the place of what is void at once to the next', async () => {
    const agent = await centre.agent(undefined, { maxConcurrentRuns: 1 });
    const first = await to(agent);
    await agent.commands((await centre.onlyRun(first.id)).id);
    const second = await to(agent);
    await centre.run(second.id, 'waiting', (run) => run.reason?.code === 'ZONE_BUSY');
    const [past, now] = [new Date(Date.now() - 10_000), new Date()];
    const sql = 'UPDATE runs SET deadline_at = ?, not_after_at = ?, wake_at = ? WHERE task_id = ?';
    await centre.database.query(sql, [past, past, now, first.id]);
    const { finishedAt } = await centre.runWithStatus(first.id, 'timed_out');
    const { dispatchedAt } = await centre.runWithStatus(second.id, 'dispatched');
    expect(Date.parse(dispatchedAt ?? '') - Date.parse(finishedAt ?? '')).toBeLessThan(500);
  });

  it('binds `any` to the choice of the scheduler when it is sent', async () => {
    const [zone, agents] = [newId('zone'), [] as FakeAgent[]];
    for (let count = 0; count < 2; count++) agents.push(await centre.agent(zone));
    const [first, second] = agents;
    if (first === undefined || second === undefined) throw new Error('two agents were made');
    resolveTo([second]);
    const task = await centre.noop(zone, { any: 'os=linux' });
    const { id } = await centre.onlyRun(task.id);
    await second.commands(id);
    expect((await centre.onlyRun(task.id)).agentId).toBe(second.agentId);
    expect(first.received).toEqual([]);
  });

  it('lets `any` wait while the scheduler is away or knows nobody, with the reason', async () => {
    const agent = await centre.agent();
    resolveTo([agent]);
    const made = centre.resolve;
    let asked = 0;
    centre.resolve = (zone, target) => {
      if (++asked === 1) return made(zone, target);
      throw new AppError('UNAVAILABLE', 'away');
    };
    const task = await centre.noop(agent.zoneId, { any: '' });
    await centre.run(task.id, 'told why', (run) => run.reason?.code === 'SCHEDULER_AWAY');
    centre.resolve = () => ({ zoneId: agent.zoneId, zoneName: zoneNameOf(agent.zoneId), maxConcurrentRuns: 100, agents: [] });
    const { id } = await centre.run(task.id, 'told why', (run) => run.reason?.code === 'NO_AGENT_MATCHES');
    centre.resolve = made;
    await agent.hello();
    expect((await agent.commands(id))[0]?.command.attempt).toBe(1);
  });

  it('lets `primary` wait until there is one', async () => {
    const agent = await centre.agent();
    const task = await centre.noop(agent.zoneId, { primary: true });
    const { id } = await centre.run(task.id, 'told why', (run) => run.reason?.code === 'NO_PRIMARY');
    await centre.appoint(agent);
    expect((await agent.commands(id))[0]?.way).toBe('primary');
    expect((await centre.onlyRun(task.id)).agentId).toBe(agent.agentId);
  });

  it('binds `all` when the task is made; who is away waits for its hello', async () => {
    const agent = await centre.agent();
    const { agentId } = await centre.bed.agentBus(agent.zoneId);
    const since = '2026-01-02T03:04:05.678Z';
    centre.resolve = () => ({
      zoneId: agent.zoneId,
      zoneName: zoneNameOf(agent.zoneId),
      maxConcurrentRuns: 100,
      agents: [
        { agentId: agent.agentId, status: 'online', since },
        { agentId, status: 'lost', since },
      ],
    });
    const task = await centre.noop(agent.zoneId, { all: '' });
    expect(task.runs).toEqual({ total: 2, byStatus: { queued: 2 } });
    const runs = await centre.runs(task.id);
    const reason = runs.find((run) => run.agentId === agentId)?.reason;
    expect(reason).toMatchObject({ code: 'AGENT_OFFLINE', since });
    const mine = runs.find((run) => run.agentId === agent.agentId);
    await agent.commands(mine?.id ?? '');
    await agent.succeed(mine?.id ?? '');
    expect(await centre.rpc('getTask', { id: task.id })).toMatchObject({ status: 'running', reason: { code: 'AGENT_OFFLINE' } });
  });

  it('claims each of many runs once, with two replicas at work: copies are of one attempt', async () => {
    const agent = await centre.agent();
    await centre.appoint(agent);
    agent.onRun = ({ runId, attempt }) => void agent.succeed(runId, attempt);
    const tasks = await Promise.all(Array.from({ length: 100 }, () => to(agent)));
    for (const { id } of tasks) await centre.runWithStatus(id, 'succeeded');
    const sent = agent.received.map(({ command: { runId, attempt } }) => `${runId}/${attempt}`);
    expect(new Set(sent).size).toBe(100);
    // The same run in one delivery twice would be two claims.
    for (const items of agent.deliveries) expect(new Set(items.map(({ jws }) => jws)).size).toBe(items.length);
  }, 30_000);

  const revisionOf = async (agent: FakeAgent): Promise<number | undefined> => {
    const read = await centre.bucket.read(agent.zoneId);
    return 'revision' in read ? read.revision : undefined;
  };
});
