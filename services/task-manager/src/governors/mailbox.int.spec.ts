import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { Run, Task } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import { zoneNameOf, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers, type TaskInput } from '../task-manager.fixture.js';

jest.setTimeout(60_000);

describe('the mailbox of an agent that is away', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const away = async (zoneId = newId('zone')): Promise<FakeAgent> => {
    const agent = await centre.agent(zoneId);
    await centre.hostEvent('host.left', agent, 'switched off');
    await eventually('left', 5_000, async () => {
      const rows = await centre.database.query<{ online: number }[]>('SELECT online FROM agent_state WHERE agent_id = ?', [agent.agentId]);
      return rows[0]?.online === 0 ? true : undefined;
    });
    return agent;
  };
  const back = async (agent: FakeAgent): Promise<void> => {
    agent.session = newId('session');
    await agent.hello();
  };
  const to = (agent: FakeAgent, more: Partial<TaskInput> = {}): Promise<Task> => centre.noop(agent.zoneId, { agent: agent.agentId }, more);
  const idsOf = (agent: FakeAgent): string[] => agent.received.flatMap(({ command }) => (command.verb === 'run' ? [command.taskId] : []));
  const taskOf = (jws: string): string =>
    (JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as { taskId: string }).taskId;
  const runOf = (task: Task): Promise<Run> => centre.onlyRun(task.id);

  it('keeps the order in which fifty tasks came, the most urgent first', async () => {
    const agent = await away();
    const leader = await centre.agent(agent.zoneId);
    await centre.appoint(leader);
    const tasks: Task[] = [];
    for (let count = 0; count < 50; count++) tasks.push(await to(agent, count === 49 ? { priority: 1 } : {}));
    expect((await runOf(tasks[7] ?? (await to(agent)))).reason).toMatchObject({ code: 'AGENT_OFFLINE' });
    await back(agent);
    const sent = await eventually('all of them', 10_000, () => {
      const ids = leader.deliveries.flat().map(({ jws }) => taskOf(jws));
      return new Set(ids).size === 50 ? [...new Set(ids)] : undefined;
    });
    expect(sent).toEqual([tasks[49], ...tasks.slice(0, 49)].map((task) => task?.id));
  });

  it('ends what is not taken by its deadline at that moment, and never sends it', async () => {
    const agent = await away();
    const deadlineMs = Date.now() + 700;
    const task = await to(agent, { deadline: new Date(deadlineMs).toISOString() });
    const { finishedAt, reason } = await centre.runWithStatus(task.id, 'timed_out');
    expect(reason?.code).toBe('DEADLINE_PASSED');
    expect(Date.parse(finishedAt ?? '') - deadlineMs).toBeGreaterThanOrEqual(0);
    expect(Date.parse(finishedAt ?? '') - deadlineMs).toBeLessThan(500);
    await back(agent);
    const later = await to(agent);
    await agent.commands((await runOf(later)).id);
    expect(idsOf(agent)).toEqual([later.id]);
  });

  it('can be emptied by canceling', async () => {
    const agent = await away();
    const task = await to(agent);
    expect(await centre.cancel(task.id)).toMatchObject({ status: 'canceled', reason: { code: 'CANCELED_BY_USER' } });
    await back(agent);
    const later = await to(agent);
    await agent.commands((await runOf(later)).id);
    expect(idsOf(agent)).toEqual([later.id]);
  });

  describe('with a key by which newer tasks take the place of older ones', () => {
    const key = { supersedes: 'deploy' };
    const superseded = async (task: Task, by: Task): Promise<void> => {
      expect(await runOf(task)).toMatchObject({ status: 'canceled', attempt: 0, reason: { code: 'SUPERSEDED' } });
      expect((await runOf(task)).reason?.message).toContain(by.id);
      expect((await centre.rpc('getTask', { id: task.id })).status).toBe('canceled');
    };

    it('holds the newest only', async () => {
      const agent = await away();
      const [first, other] = [await to(agent, key), await to(agent, { supersedes: 'other' })];
      const second = await to(agent, key);
      const third = await to(agent, { ...key, schedule: { at: new Date(Date.now() + 3_600_000).toISOString() } });
      await superseded(first, second);
      await superseded(second, third);
      const fourth = await to(agent, key);
      await superseded(third, fourth);
      await eventually('it waits too', 10_000, async () => ((await runOf(fourth)).reason?.code === 'AGENT_OFFLINE' ? true : undefined));
      await back(agent);
      await agent.commands((await runOf(fourth)).id);
      expect(idsOf(agent)).toEqual([other.id, fourth.id]);
    });

    it('leaves alone what was sent, and what is for another agent or of another zone', async () => {
      const agent = await centre.agent();
      const [sibling, stranger] = [await away(agent.zoneId), await away()];
      const sent = await to(agent, key);
      await agent.commands((await runOf(sent)).id);
      const [forSibling, forStranger] = [await to(sibling, key), await to(stranger, key)];
      await to(agent, key);
      for (const task of [sent, forSibling, forStranger]) expect((await runOf(task)).status).not.toBe('canceled');
    });

    it('goes for what no agent was chosen for yet', async () => {
      const agent = await away();
      const none = { zoneId: agent.zoneId, zoneName: zoneNameOf(agent.zoneId), maxConcurrentRuns: 100 };
      const one = { agentId: agent.agentId, status: 'online' as const, since: new Date().toISOString() };
      centre.resolve = () => ({ ...none, agents: [one] });
      const any = await centre.noop(agent.zoneId, { any: '' }, key);
      const primary = await centre.noop(agent.zoneId, { primary: true }, key);
      await superseded(any, primary);
      const bound = await to(agent, key);
      await superseded(primary, bound);
      const last = await centre.noop(agent.zoneId, { primary: true }, key);
      expect((await runOf(bound)).status).toBe('queued');
      expect((await runOf(last)).status).toBe('queued');
    });

    it('of each of many hosts by itself', async () => {
      const a = await away();
      const second = await away(a.zoneId);
      const onlyA = await to(a, key);
      const onlyB = await to(second, key);
      const agents = [a, second].map(({ agentId }) => ({ agentId, status: 'left' as const, since: new Date().toISOString() }));
      centre.resolve = () => ({ zoneId: a.zoneId, zoneName: zoneNameOf(a.zoneId), maxConcurrentRuns: 100, agents });
      const both = await centre.noop(a.zoneId, { all: '' }, key);
      await superseded(onlyA, both);
      await superseded(onlyB, both);
      await to(a, key);
      expect((await centre.runs(both.id)).map(({ status }) => status).sort()).toEqual(['canceled', 'queued']);
    });

    it('holds the newest of a schedule, which does not wait for the one that it takes the place of', async () => {
      const agent = await away();
      const due = {
        actor: { userId: 'usr_test', username: 'tester' },
        scheduleId: newId('schedule'),
        overlap: 'queue',
        feedResult: false,
      } as const;
      const fire = async (): Promise<string> => {
        const task = { name: 'due', zone: agent.zoneId, target: { agent: agent.agentId }, steps: [{ name: 'only', use: 'Noop' }], ...key };
        const { taskId } = await centre.rpc('createScheduledTask', { ...due, fireId: newId('fire'), task });
        return taskId ?? '';
      };
      const [first, second] = [await fire(), await fire()];
      expect((await centre.onlyRun(first)).reason?.code).toBe('SUPERSEDED');
      expect(await centre.onlyRun(second)).toMatchObject({ status: 'queued', reason: { code: 'AGENT_OFFLINE' } });
    });

    it('leaves one of many that are made at once through two replicas', async () => {
      const agent = await away();
      const tasks = await Promise.all(Array.from({ length: 40 }, () => to(agent, key)));
      const runs = await Promise.all(tasks.map(runOf));
      expect(runs.filter(({ status }) => status === 'queued')).toHaveLength(1);
      expect(runs.filter(({ reason }) => reason?.code === 'SUPERSEDED')).toHaveLength(39);
    });
  });
});
