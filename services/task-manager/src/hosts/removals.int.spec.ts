import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '@klevr/testing/eventually';
import { zoneNameOf, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';

describe('agents and zones that go for good', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const to = (agent: FakeAgent): Promise<{ id: string }> => centre.noop(agent.zoneId, { agent: agent.agentId });
  const sent = async (agent: FakeAgent): Promise<{ taskId: string; runId: string }> => {
    const task = await to(agent);
    const { id } = await centre.onlyRun(task.id);
    await agent.commands(id);
    return { taskId: task.id, runId: id };
  };
  const started = async (agent: FakeAgent): Promise<{ taskId: string; runId: string }> => {
    const run = await sent(agent);
    await agent.facts({ kind: 'started', runId: run.runId, attempt: 1 });
    return run;
  };
  const closing = (zoneId: string, close: boolean) => centre.rpc('zoneClosing', { zoneId, close, reason: 'the zone is deleted by tester' });
  const zoneEvent = (type: 'host.zoneChanged' | 'host.zoneDeleted', zoneId: string, more: object = {}) =>
    centre.hostEvent(type, { zoneId, agentId: zoneId }, undefined, more);
  const places = async (zoneId: string): Promise<number | undefined> => {
    const sql = 'SELECT max_concurrent_runs places FROM zone_dispatch WHERE zone_id = ?';
    return (await centre.database.query<{ places: number }[]>(sql, [zoneId]))[0]?.places;
  };

  it('a removed agent: what was never sent is canceled, what it may have taken is lost, and there is no work for it any more', async () => {
    const agent = await centre.agent(undefined, { maxConcurrentRuns: 2 });
    const [running, onTheWay] = [await started(agent), await sent(agent)];
    const waiting = await to(agent);
    await centre.run(waiting.id, 'waiting', (run) => run.reason?.code === 'ZONE_BUSY');
    await centre.hostEvent('host.removed', agent, 'removed by tester');
    expect((await centre.runWithStatus(waiting.id, 'canceled')).reason).toMatchObject({
      code: 'AGENT_REMOVED',
      message: 'the agent was removed before it started',
    });
    expect((await centre.runWithStatus(running.taskId, 'lost')).reason?.code).toBe('AGENT_REMOVED');
    expect((await centre.runWithStatus(onTheWay.taskId, 'lost')).reason?.code).toBe('AGENT_REMOVED');
    centre.resolve = () => ({ zoneId: agent.zoneId, zoneName: zoneNameOf(agent.zoneId), maxConcurrentRuns: 2, agents: [] });
    for (let count = 0; count < 4; count++) await expect(to(agent)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(agent.hello()).rejects.toMatchObject({ code: 'AGENT_REMOVED' });
  });

  it('a removed agent: another takes what any may do', async () => {
    const zone = newId('zone');
    const [first, second] = [await centre.agent(zone), await centre.agent(zone)];
    await centre.hostEvent('host.left', first);
    const away = { agentId: first.agentId, status: 'lost' as const, since: new Date().toISOString() };
    centre.resolve = () => ({ zoneId: zone, zoneName: zoneNameOf(zone), maxConcurrentRuns: 100, agents: [away] });
    const task = await centre.noop(zone, { any: '' });
    await centre.run(task.id, 'told why', (run) => run.reason?.code === 'AGENT_OFFLINE');
    const here = { ...away, agentId: second.agentId };
    centre.resolve = () => ({ zoneId: zone, zoneName: zoneNameOf(zone), maxConcurrentRuns: 100, agents: [here] });
    await centre.hostEvent('host.removed', first);
    const { id } = await centre.onlyRun(task.id);
    expect((await second.commands(id))[0]?.command).toMatchObject({ attempt: 1, agentId: second.agentId });
  });

  it('a zone that may be deleted tells how many of its tasks are open, and goes on', async () => {
    const agent = await centre.agent();
    const [first] = [await started(agent), await sent(agent)];
    expect(await closing(agent.zoneId, false)).toEqual({ openTasks: 2 });
    await agent.succeed(first.runId);
    await centre.runWithStatus(first.taskId, 'succeeded');
    expect(await closing(agent.zoneId, false)).toEqual({ openTasks: 1 });
    expect(await closing(newId('zone'), false)).toEqual({ openTasks: 0 });
    await sent(agent);
  });

  it('a zone that is closed has its tasks canceled, those in hand by their agents, and takes no more', async () => {
    const agent = await centre.agent(undefined, { maxConcurrentRuns: 1 });
    const running = await started(agent);
    const waiting = await to(agent);
    expect(await closing(agent.zoneId, true)).toEqual({ openTasks: 2 });
    expect((await centre.onlyRun(waiting.id)).reason).toMatchObject({
      code: 'ZONE_DELETED',
      message: 'the zone is deleted by tester: canceled before it started',
    });
    await eventually('the cancel', 5_000, () => agent.received.find(({ command }) => command.verb === 'cancel'));
    const refused = { code: 'WRONG_STATE', errors: [{ path: 'zone', message: 'is being deleted' }] };
    await expect(to(agent)).rejects.toMatchObject(refused);
    const other = await centre.agent();
    const together = await Promise.allSettled([to(agent), to(other), to(agent), to(other)]);
    expect(together.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await closing(agent.zoneId, true)).toEqual({ openTasks: 1 });
    await zoneEvent('host.zoneDeleted', agent.zoneId);
    expect((await centre.runWithStatus(running.taskId, 'lost')).reason?.code).toBe('ZONE_DELETED');
    await expect(centre.rpc('listTasks', { zone: agent.zoneId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await centre.rpc('getTask', { id: running.taskId })).toMatchObject({ status: 'lost', zoneId: agent.zoneId });
  });

  it('no task slips in while a zone is being closed', async () => {
    const agent = await centre.agent(undefined, { maxConcurrentRuns: 1 });
    await started(agent);
    const made: string[] = [];
    let going = true;
    const maker = async (): Promise<void> => {
      while (going) {
        const task = await to(agent).catch(() => undefined);
        if (task === undefined) return;
        made.push(task.id);
      }
    };
    const makers = Array.from({ length: 16 }, maker);
    await eventually('some tasks', 5_000, () => (made.length > 40 ? true : undefined));
    await closing(agent.zoneId, true);
    await eventually('the makers to be refused', 5_000, async () => {
      await Promise.all(makers);
      return true;
    });
    going = false;
    const sql = `SELECT COUNT(*) count FROM runs WHERE zone_id = ? AND state = 'queued'`;
    expect(Number((await centre.database.query<{ count: number | string }[]>(sql, [agent.zoneId]))[0]?.count)).toBe(0);
  }, 20_000);

  it('a task that is being written while its zone is closed is refused', async () => {
    const agent = await centre.agent();
    const locker = centre.database.createQueryRunner();
    try {
      await locker.query('LOCK TABLES tasks WRITE');
      const made = to(agent).then(
        () => 'made',
        (error: unknown) => error,
      );
      await eventually('the task to wait for the table', 5_000, async () => {
        const sql = `SELECT 1 FROM information_schema.processlist WHERE info LIKE 'INSERT INTO tasks%' AND state LIKE 'Waiting%'`;
        return (await centre.database.query<unknown[]>(sql)).length > 0 ? true : undefined;
      });
      expect(await closing(agent.zoneId, true)).toEqual({ openTasks: 0 });
      await locker.query('UNLOCK TABLES');
      expect(await made).toMatchObject({ code: 'WRONG_STATE' });
    } finally {
      await locker.query('UNLOCK TABLES');
      await locker.release();
    }
  });

  it('a deleted zone ends what nobody will do, also where it was not closed before', async () => {
    const agent = await centre.agent();
    const onTheWay = await sent(agent);
    await centre.hostEvent('host.left', agent);
    const waiting = await to(agent);
    await centre.hostEvent('host.removed', agent, undefined, { zoneDeleted: true });
    await zoneEvent('host.zoneDeleted', agent.zoneId);
    expect((await centre.runWithStatus(waiting.id, 'canceled')).reason?.code).toBe('ZONE_DELETED');
    expect((await centre.runWithStatus(onTheWay.taskId, 'lost')).reason?.code).toBe('ZONE_DELETED');
    await expect(to(agent)).rejects.toBeDefined();
  });

  it('a change of the places of a zone is followed at once, and an older one changes nothing', async () => {
    const agent = await centre.agent(undefined, { maxConcurrentRuns: 1 });
    await started(agent);
    const waiting = await to(agent);
    await centre.run(waiting.id, 'waiting', (run) => run.reason?.code === 'ZONE_BUSY');
    await zoneEvent('host.zoneChanged', agent.zoneId, { settings: { maxConcurrentRuns: 2 }, revision: 3 });
    await agent.commands((await centre.onlyRun(waiting.id)).id);
    await zoneEvent('host.zoneChanged', agent.zoneId, { settings: { maxConcurrentRuns: 9 }, revision: 2 });
    await zoneEvent('host.zoneChanged', agent.zoneId, { settings: { maxConcurrentRuns: 5 }, revision: 4 });
    await eventually('the newest', 5_000, async () => ((await places(agent.zoneId)) === 5 ? true : undefined));
    const { agentId, zoneId, session, journalId } = agent;
    const hello = { agentId, zoneId, zoneName: zoneNameOf(zoneId), session, journalId, attempts: [] };
    await centre.rpc('agentHello', { ...hello, maxConcurrentRuns: 2, zoneRevision: 3 });
    expect(await places(zoneId)).toBe(5);
    await centre.rpc('agentHello', { ...hello, maxConcurrentRuns: 6, zoneRevision: 5 });
    expect(await places(zoneId)).toBe(6);
  });

  it('lists show the zones of their reader only', async () => {
    const [a, b, foreign] = [await centre.agent(), await centre.agent(), await centre.agent()];
    const ids: string[] = [];
    for (const agent of [a, foreign, b, a]) {
      const { id } = await to(agent);
      if (agent !== foreign) ids.unshift(id);
    }
    const scope = [a.zoneId, b.zoneId];
    const list = async (request: object) => (await centre.rpc('listTasks', request)).items.map(({ id }) => id);
    expect(await list({ scope })).toEqual(ids);
    const first = await centre.rpc('listTasks', { scope, limit: 2 });
    expect([...first.items.map(({ id }) => id), ...(await list({ scope, cursor: first.nextCursor }))]).toEqual(ids);
    expect(await list({ scope, zone: b.zoneId })).toEqual([ids[1]]);
    expect(await list({ scope: [a.zoneId], zone: b.zoneId })).toEqual([]);
    expect(await list({ scope, agent: a.agentId })).toEqual([ids[0], ids[2]]);
    expect(await list({ scope, agent: foreign.agentId })).toEqual([]);
    expect(await list({ scope, status: 'succeeded' })).toEqual([]);
    expect(await list({ scope: [] })).toEqual([]);
  });

  it('lists name cursors and zones that there are not', async () => {
    const agent = await centre.agent();
    const task = await to(agent);
    const { zoneId } = agent;
    const faulty = { code: 'BAD_REQUEST', errors: [{ path: 'cursor', message: 'is not a cursor of this list' }] };
    await expect(centre.rpc('listTasks', { cursor: 'zzz' })).rejects.toMatchObject(faulty);
    await expect(centre.rpc('listTasks', { cursor: newId('run') })).rejects.toMatchObject(faulty);
    await expect(centre.rpc('listRuns', { taskId: task.id, cursor: 'abc' })).rejects.toMatchObject(faulty);
    for (const zone of [zoneId, zoneNameOf(zoneId)]) {
      expect((await centre.rpc('listTasks', { zone })).items.map(({ id }) => id)).toEqual([task.id]);
    }
    await expect(centre.rpc('listTasks', { zone: 'nowhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    centre.zones.set('without-work', newId('zone'));
    expect((await centre.rpc('listTasks', { zone: 'without-work' })).items).toEqual([]);
    const cursor = (await centre.rpc('listTasks', { limit: 1 })).nextCursor;
    expect((await centre.rpc('listTasks', { ...(cursor === null ? {} : { cursor }) })).items.length).toBeGreaterThan(0);
  });
});
