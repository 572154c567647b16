import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { Run } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import { finished, zoneNameOf, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers, type TaskInput } from '../task-manager.fixture.js';

const actor = { userId: 'usr_test', username: 'tester' };

jest.setTimeout(60_000);

describe('governors', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const to = async (agent: FakeAgent, more: Partial<TaskInput> = {}): Promise<{ taskId: string; runId: string }> => {
    const { id: taskId } = await centre.noop(agent.zoneId, { agent: agent.agentId }, more);
    return { taskId, runId: (await centre.onlyRun(taskId)).id };
  };
  const sent = async (agent: FakeAgent, more: Partial<TaskInput> = {}): Promise<{ taskId: string; runId: string }> => {
    const made = await to(agent, more);
    await agent.commands(made.runId);
    return made;
  };
  const waits = (taskId: string, code: string): Promise<Run> =>
    centre.run(taskId, `waiting: ${code}`, ({ reason }) => reason?.code === code);
  const hasGot = (agent: FakeAgent, runId: string): boolean => agent.received.some(({ command }) => command.runId === runId);
  const setKey = (agent: FakeAgent, key: string, capacity: number): Promise<unknown> =>
    centre.rpc('setConcurrencyKey', { actor, zone: agent.zoneId, key, capacity });

  it('keep to the limit of each host, which holds up nobody on another one', async () => {
    const busy = await centre.agent(undefined, { maxConcurrentRunsPerAgent: 1 });
    const other = await centre.agent(busy.zoneId, { maxConcurrentRunsPerAgent: 1 });
    const first = await sent(busy, { name: 'first' });
    const [second, third] = [await to(busy), await to(busy, { priority: 1 })];
    await sent(other);
    const { reason } = await waits(second.taskId, 'HOST_BUSY');
    expect(reason).toMatchObject({ holder: { runId: first.runId, taskId: first.taskId, taskName: 'first' }, place: 2 });
    expect((await waits(third.taskId, 'HOST_BUSY')).reason).toMatchObject({ place: 1 });
    expect(await centre.rpc('getTask', { id: second.taskId })).toMatchObject({ reason: { code: 'HOST_BUSY', place: 2 } });
    await busy.succeed(first.runId);
    await busy.commands(third.runId);
    expect(hasGot(busy, second.runId)).toBe(false);
    await busy.succeed(third.runId);
    await busy.commands(second.runId);
  });

  it('follow the setting of the zone when it changes', async () => {
    const agent = await centre.agent(undefined, { maxConcurrentRunsPerAgent: 1 });
    await sent(agent);
    const second = await to(agent);
    await waits(second.taskId, 'HOST_BUSY');
    const settings = { maxConcurrentRuns: 100, maxConcurrentRunsPerAgent: 2 };
    await centre.hostEvent('host.zoneChanged', { zoneId: agent.zoneId, agentId: agent.zoneId }, undefined, { settings, revision: 7 });
    await agent.commands(second.runId);
    await agent.hello(100, [], { maxConcurrentRunsPerAgent: 1, zoneRevision: 6 });
    const third = await to(agent);
    expect((await waits(third.taskId, 'HOST_BUSY')).reason?.message).toContain('all 2 places of the host');
  });

  it('let one run a key go at a time, on whichever host, and the next when that has ended or is lost', async () => {
    const a = await centre.agent();
    const b = await centre.agent(a.zoneId);
    const key = { concurrencyKey: 'db/main' };
    const first = await sent(a, { ...key, name: 'holder' });
    const second = await to(b, key);
    await sent(b);
    const { reason } = await waits(second.taskId, 'CONCURRENCY_KEY');
    expect(reason).toMatchObject({
      holder: { taskName: 'holder' },
      place: 1,
      message: 'all 1 places of its concurrency key are taken; 0 wait before it',
    });
    await a.facts({ kind: 'started', runId: first.runId, attempt: 1 });
    await centre.hostEvent('host.lost', a, 'no answer');
    await b.commands(second.runId);
    expect((await centre.onlyRun(first.taskId)).status).toBe('lost');
  });

  it('keep the key of a run that may be under way on a host that nobody hears of', async () => {
    const gone = await centre.agent();
    const second = await centre.agent(gone.zoneId);
    const key = { concurrencyKey: 'db' };
    const first = await sent(gone, { ...key, execution: 'atLeastOnce' });
    await gone.facts({ kind: 'started', runId: first.runId, attempt: 1 });
    await centre.hostEvent('host.lost', gone, 'no answer');
    await waits(first.taskId, 'AGENT_OFFLINE');
    const waiting = await to(second, key);
    expect((await waits(waiting.taskId, 'CONCURRENCY_KEY')).reason).toMatchObject({ holder: { runId: first.runId } });
    expect((await centre.rpc('listConcurrencyKeys', { zone: gone.zoneId })).items).toMatchObject([
      { key: 'db', holders: [{ runId: first.runId }], held: 1, waiting: 1 },
    ]);
    await sent(second);
    expect(hasGot(second, waiting.runId)).toBe(false);
    await gone.hello(100, [{ runId: first.runId, attempt: 1, state: 'running' }]);
    await gone.succeed(first.runId);
    await second.commands(waiting.runId);
  });

  it('tell an operator who uses a key, let him set its capacity, and more of it counts at once', async () => {
    const agent = await centre.agent();
    const first = await sent(agent, { concurrencyKey: 'db' });
    const [second, third] = [await to(agent, { concurrencyKey: 'db' }), await to(agent, { concurrencyKey: 'db' })];
    await waits(third.taskId, 'CONCURRENCY_KEY');
    await setKey(agent, 'unused', 5);
    const list = await centre.rpc('listConcurrencyKeys', { zone: agent.zoneId, limit: 1 });
    expect(list).toEqual({
      items: [
        { key: 'db', zoneId: agent.zoneId, capacity: 1, holders: [{ runId: first.runId, taskId: first.taskId }], held: 1, waiting: 2 },
      ],
      nextCursor: 'db',
    });
    const rest = await centre.rpc('listConcurrencyKeys', { zone: agent.zoneId, limit: 1, cursor: 'db' });
    expect(rest).toMatchObject({ items: [{ key: 'unused', capacity: 5, holders: [], held: 0, waiting: 0 }], nextCursor: null });
    const setAt = performance.now();
    expect(await setKey(agent, 'db', 2)).toMatchObject({ key: 'db', capacity: 2 });
    await agent.commands(second.runId);
    expect(performance.now() - setAt).toBeLessThan(1_000);
    expect(hasGot(agent, third.runId)).toBe(false);
    expect(await centre.rpc('deleteConcurrencyKey', { actor, zone: agent.zoneId, key: 'db' })).toEqual({});
    await agent.succeed(first.runId);
    expect((await waits(third.taskId, 'CONCURRENCY_KEY')).reason).toMatchObject({ holder: { runId: second.runId } });
    await agent.succeed(second.runId);
    await agent.commands(third.runId);
  });

  it('refuse unknown zones, keys that were never set, and capacities that make no sense', async () => {
    const agent = await centre.agent();
    const unknown = { actor, zone: newId('zone'), key: 'db' };
    await expect(centre.rpc('setConcurrencyKey', { ...unknown, capacity: 1 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(centre.rpc('listConcurrencyKeys', { zone: unknown.zone })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(centre.rpc('deleteConcurrencyKey', { actor, zone: agent.zoneId, key: 'db' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(setKey(agent, 'db', 0)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(centre.rpc('listConcurrencyKeys', { zone: agent.zoneId, cursor: ' ' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('forget the keys of a zone that is deleted', async () => {
    const agent = await centre.agent();
    await setKey(agent, 'db', 3);
    await centre.hostEvent('host.zoneDeleted', { zoneId: agent.zoneId, agentId: agent.zoneId });
    const forgotten = eventually('no keys', 5_000, async () => {
      const rows = await centre.database.query<unknown[]>('SELECT 1 FROM concurrency_keys WHERE zone_id = ?', [agent.zoneId]);
      return rows.length === 0 ? true : undefined;
    });
    await expect(forgotten).resolves.toBe(true);
  });

  it('give what any host may take to one that has room, or that gets it first', async () => {
    const full = await centre.agent(undefined, { maxConcurrentRunsPerAgent: 1 });
    const other = await centre.agent(full.zoneId, { maxConcurrentRunsPerAgent: 1 });
    const first = await sent(full);
    const avoided: unknown[] = [];
    centre.resolve = (_zone, _target, avoid = []) => {
      avoided.push(avoid);
      const { agentId } = avoid.includes(full.agentId) ? other : full;
      const agents = [{ agentId, status: 'online' as const, since: new Date().toISOString() }];
      return { zoneId: full.zoneId, zoneName: zoneNameOf(full.zoneId), maxConcurrentRuns: 100, maxConcurrentRunsPerAgent: 1, agents };
    };
    const task = await centre.noop(full.zoneId, { any: '' });
    const { id } = await centre.onlyRun(task.id);
    await other.commands(id);
    expect(avoided).toContainEqual([full.agentId]);
    const late = await centre.noop(full.zoneId, { any: '' });
    await waits(late.id, 'HOST_BUSY');
    expect((await centre.onlyRun(late.id)).agentId).toBe(other.agentId);
    await full.facts({ runId: first.runId, attempt: 1, ...finished('succeeded') });
    await full.commands((await centre.onlyRun(late.id)).id);
  });

  it('hold whatever is made and ended at once, with two replicas at work', async () => {
    const limits = { maxConcurrentRuns: 6, maxConcurrentRunsPerAgent: 4 };
    const zone = newId('zone');
    const agents = [await centre.agent(zone, limits), await centre.agent(zone, limits)];
    const under = new Map<string, { host: string; key: string | undefined }>();
    const most = { zone: 0, host: 0, key: 0 };
    const keyOf = new Map<string, string | undefined>();
    const count = (fits: (one: { host: string; key: string | undefined }) => boolean): number => [...under.values()].filter(fits).length;
    for (const agent of agents) {
      agent.onRun = ({ runId, attempt, taskName }) => {
        if (under.has(runId)) return;
        const key = taskName === 'keyed' ? 'db' : undefined;
        keyOf.set(runId, key);
        under.set(runId, { host: agent.agentId, key });
        most.zone = Math.max(most.zone, under.size);
        most.host = Math.max(
          most.host,
          count(({ host }) => host === agent.agentId),
        );
        most.key = Math.max(
          most.key,
          count((one) => one.key === 'db'),
        );
        setTimeout(() => {
          under.delete(runId);
          void agent.succeed(runId, attempt);
        }, 5);
      };
    }
    const tasks = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const agent = agents[index % 5 === 0 ? 1 : 0];
        const keyed = index % 6 === 0;
        return centre.noop(zone, { agent: agent?.agentId ?? '' }, keyed ? { name: 'keyed', concurrencyKey: 'db' } : {});
      }),
    );
    for (const { id } of tasks) await centre.runWithStatus(id, 'succeeded', 40_000);
    expect(most.zone).toBeLessThanOrEqual(6);
    expect(most.host).toBeLessThanOrEqual(4);
    expect(most.key).toBe(1);
  });
});
