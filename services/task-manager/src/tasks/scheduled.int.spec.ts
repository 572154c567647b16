import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReplyOf } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { eventually } from '@klevr/testing/eventually';
import { finished, zoneNameOf, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers, type TaskInput } from '../task-manager.fixture.js';

type Answer = ReplyOf<typeof taskManagerRpc.createScheduledTask>;
type Overlap = 'skip' | 'queue' | 'cancelPrevious';

describe('tasks of schedules', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const actor = { userId: 'usr_scheduler', username: 'ann' };
  const fire = (
    agent: FakeAgent,
    scheduleId: string,
    {
      overlap = 'skip',
      feedResult = false,
      fireId = newId('fire'),
      ...task
    }: { overlap?: Overlap; feedResult?: boolean; fireId?: string } & Partial<TaskInput> = {},
  ): Promise<Answer> =>
    centre.rpc('createScheduledTask', {
      ...{ actor, scheduleId, fireId, overlap, feedResult },
      task: { name: 'nightly', zone: agent.zoneId, target: { agent: agent.agentId }, steps: [{ name: 'only', use: 'Noop' }], ...task },
    });
  const idOf = async (answer: Promise<Answer>): Promise<string> => {
    const { taskId } = await answer;
    if (taskId === null) throw new Error('no task was made');
    return taskId;
  };
  const take = async (agent: FakeAgent, taskId: string): Promise<string> => {
    const { id: runId } = await centre.onlyRun(taskId);
    await agent.commands(runId);
    await agent.facts({ kind: 'started', runId, attempt: 1 });
    return runId;
  };
  const end = async (agent: FakeAgent, taskId: string, output: string | null = null): Promise<void> => {
    const runId = await take(agent, taskId);
    await agent.facts({ runId, attempt: 1, ...finished('succeeded', { output }) });
  };
  const taskOf = (id: string): ReturnType<typeof centre.rpc<'getTask'>> => centre.rpc('getTask', { id });

  it('are made once a due time, however often and by however many it is asked for', async () => {
    const agent = await centre.agent();
    const [scheduleId, fireId] = [newId('schedule'), newId('fire')];
    const answers = await Promise.all(Array.from({ length: 8 }, () => fire(agent, scheduleId, { fireId })));
    expect(new Set(answers.map(({ taskId }) => taskId)).size).toBe(1);
    const taskId = answers[0]?.taskId ?? '';
    expect(await taskOf(taskId)).toMatchObject({ scheduleId, createdBy: 'ann', status: 'running' });
    await end(agent, taskId);
    expect(await fire(agent, scheduleId, { fireId, overlap: 'queue' })).toEqual(answers[0]);
    expect((await centre.rpc('listTasks', { schedule: scheduleId })).items).toHaveLength(1);
  });

  it('leave out a due time while the task before is open, and say so for ever', async () => {
    const agent = await centre.agent();
    const [scheduleId, fireId] = [newId('schedule'), newId('fire')];
    const first = await idOf(fire(agent, scheduleId));
    const skipped = await fire(agent, scheduleId, { fireId });
    expect(skipped).toEqual({ outcome: 'skipped', taskId: null, reason: `the task before, ${first}, is running` });
    await end(agent, first);
    expect(await fire(agent, scheduleId, { fireId })).toEqual(skipped);
    expect((await fire(agent, scheduleId)).outcome).toBe('created');
  });

  it('of one schedule that fall due at once are told apart, by several replicas', async () => {
    const agent = await centre.agent();
    const scheduleId = newId('schedule');
    const answers = await Promise.all(Array.from({ length: 6 }, () => fire(agent, scheduleId)));
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['created', ...Array.from({ length: 5 }, () => 'skipped')]);
  });

  it('wait for the one before, in their order, and get its result', async () => {
    const agent = await centre.agent();
    const scheduleId = newId('schedule');
    const queue = { overlap: 'queue' as const, feedResult: true };
    const first = await idOf(fire(agent, scheduleId, queue));
    const second = await idOf(fire(agent, scheduleId, queue));
    const third = await idOf(fire(agent, scheduleId, queue));
    expect(await taskOf(third)).toMatchObject({
      status: 'scheduled',
      reason: { code: 'PREVIOUS_OPEN', message: `waits for the end of ${second}` },
    });
    await end(agent, first, 'result of the first');
    expect(await taskOf(second)).toMatchObject({ status: 'running' });
    const runId = await take(agent, second);
    expect((await agent.commands(runId))[0]?.command).toMatchObject({ previous: 'result of the first' });
    expect((await taskOf(third)).status).toBe('scheduled');
    await agent.facts({ runId, attempt: 1, ...finished('failed', { exitCode: 1, output: 'result of the second' }) });
    const { id } = await centre.onlyRun(third);
    expect((await agent.commands(id))[0]?.command).toMatchObject({ previous: 'result of the second' });
  });

  it('lock runs before tasks when they are released, as everything else does', async () => {
    const agent = await centre.agent();
    const scheduleId = newId('schedule');
    const first = await idOf(fire(agent, scheduleId, { overlap: 'queue' }));
    const second = await idOf(fire(agent, scheduleId, { overlap: 'queue' }));
    const runId = await take(agent, first);
    const { id: waiting } = await centre.onlyRun(second);
    const ended = await centre.database.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM runs WHERE id = ? FOR UPDATE', [waiting]);
      const end = agent.facts({ runId, attempt: 1, ...finished('succeeded') });
      await eventually('the end of the first waits for this run', 10_000, async () => {
        const sql = `SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT%FROM runs r WHERE r.task_id%PREVIOUS\\_OPEN%FOR UPDATE'`;
        return (await centre.database.query<unknown[]>(sql)).length > 0 || undefined;
      });
      // A deadlock if that held the task already.
      await manager.query('SELECT 1 FROM tasks WHERE id = ? FOR UPDATE', [second]);
      return { end };
    });
    await ended.end;
    expect((await taskOf(second)).status).toBe('running');
  });

  it('wait for the next open one before where the one that they wait for is canceled', async () => {
    const agent = await centre.agent();
    const scheduleId = newId('schedule');
    const [first, second, third] = [
      await idOf(fire(agent, scheduleId, { overlap: 'queue' })),
      await idOf(fire(agent, scheduleId, { overlap: 'queue' })),
      await idOf(fire(agent, scheduleId, { overlap: 'queue' })),
    ];
    expect((await centre.cancel(second)).status).toBe('canceled');
    expect(await taskOf(third)).toMatchObject({ status: 'scheduled', reason: { message: `waits for the end of ${first}` } });
    await end(agent, first);
    await end(agent, third);
    expect((await taskOf(third)).status).toBe('succeeded');
  });

  it('wait in the order of their making, though the clock of one replica is ahead of that of another', async () => {
    const agent = await centre.agent();
    const scheduleId = newId('schedule');
    const first = await idOf(fire(agent, scheduleId, { overlap: 'queue' }));
    const ofNow = await idOf(fire(agent, scheduleId, { overlap: 'queue' }));
    // As a replica would have named it whose clock is years ahead.
    const second = ofNow.replace(/^(task_0)../, (_all, start: string) => `${start}2A`);
    for (const [table, column] of [
      ['tasks', 'id'],
      ['runs', 'task_id'],
      ['schedule_open_tasks', 'task_id'],
    ] as const) {
      await centre.database.query(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`, [second, ofNow]);
    }
    const third = await idOf(fire(agent, scheduleId, { overlap: 'queue' }));
    for (const id of [first, second, third]) await end(agent, id);
    expect((await taskOf(third)).status).toBe('succeeded');
  });

  it('cancel the one before, which never starts where it had not, and begin once it has ended', async () => {
    const agent = await centre.agent();
    const scheduleId = newId('schedule');
    const first = await idOf(fire(agent, scheduleId));
    const runId = await take(agent, first);
    const second = await idOf(fire(agent, scheduleId, { overlap: 'cancelPrevious' }));
    await eventually('the cancel', 2_000, () => agent.received.find(({ command }) => command.verb === 'cancel' && command.runId === runId));
    expect((await taskOf(second)).status).toBe('scheduled');
    const third = await idOf(fire(agent, scheduleId, { overlap: 'cancelPrevious' }));
    expect(await taskOf(second)).toMatchObject({ status: 'canceled', reason: { code: 'SUPERSEDED' } });
    expect(await taskOf(third)).toMatchObject({ status: 'scheduled' });
    await agent.facts({ runId, attempt: 1, ...finished('canceled') });
    await end(agent, third);
  });

  it('get the result of the last one that ran, of several hosts by host', async () => {
    const zone = newId('zone');
    const agents = [await centre.agent(zone), await centre.agent(zone)];
    const [one, two] = agents as [FakeAgent, FakeAgent];
    const known = agents.map(({ agentId }) => ({ agentId, status: 'online' as const, since: new Date().toISOString() }));
    centre.resolve = () => ({ zoneId: zone, zoneName: zoneNameOf(zone), maxConcurrentRuns: 100, agents: known });
    const scheduleId = newId('schedule');
    const first = await idOf(fire(one, scheduleId, { target: { all: '' } }));
    for (const { id: runId, agentId } of await centre.runs(first)) {
      const agent = agentId === one.agentId ? one : two;
      await agent.commands(runId);
      await agent.facts(
        { kind: 'started', runId, attempt: 1 },
        { runId, attempt: 1, ...finished('succeeded', { output: `of ${agentId}` }) },
      );
    }
    const second = await idOf(fire(one, scheduleId, { feedResult: true }));
    const { id } = await centre.onlyRun(second);
    const [sent] = await one.commands(id);
    const previous = sent?.command.verb === 'run' ? sent.command.previous : undefined;
    expect(JSON.parse(previous ?? '')).toEqual({ [one.agentId]: `of ${one.agentId}`, [two.agentId]: `of ${two.agentId}` });
  });

  it('are refused with every fault, and a check finds the same without making one', async () => {
    const agent = await centre.agent();
    const task = { name: 'bad', zone: agent.zoneId, target: { agent: agent.agentId }, steps: [{ name: 'a', use: 'Nonsense' }] };
    const refused = { code: 'BAD_REQUEST', errors: [{ path: 'steps.0.use' }] };
    await expect(fire(agent, newId('schedule'), task)).rejects.toMatchObject(refused);
    await expect(centre.rpc('checkTask', { task })).rejects.toMatchObject(refused);
    centre.resolve = (zone) => {
      if (zone === 'nowhere') throw new AppError('NOT_FOUND', 'There is no such zone');
      return { zoneId: agent.zoneId, zoneName: zoneNameOf(agent.zoneId), maxConcurrentRuns: 10, agents: [] };
    };
    const noop = { name: 'good', steps: [{ name: 'a', use: 'Noop' }] };
    const place = { zoneId: agent.zoneId, zoneName: zoneNameOf(agent.zoneId) };
    expect(await centre.rpc('checkTask', { task: { ...noop, zone: agent.zoneId, target: { all: 'nobody=here' } } })).toEqual(place);
    expect(await centre.rpc('checkTask', { task: { ...noop, zone: agent.zoneId, target: { primary: true } } })).toEqual(place);
    await expect(centre.rpc('checkTask', { task: { ...noop, zone: 'nowhere', target: { all: '' } } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const nobody = { ...noop, zone: agent.zoneId, target: { agent: newId('agent') } };
    await expect(centre.rpc('checkTask', { task: nobody })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await centre.rpc('listTasks', { zone: agent.zoneId })).items).toEqual([]);
  });
});
