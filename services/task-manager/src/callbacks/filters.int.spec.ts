import { callbackFilters, type CallbackFilter } from '@klevr/contracts/callback';
import { newId } from '@klevr/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inTransaction } from '@klevr/persistence/transaction';
import { eventually } from '@klevr/testing/eventually';
import { finished, type FakeAgent } from '../fake-agent.fixture.js';
import { sentRun } from '../runs/run-row.fixture.js';
import { TaskManagers, type TaskInput } from '../task-manager.fixture.js';
import { makeDue } from './due.store.js';
import { Receiver, type Body } from './receiver.fixture.js';

const stepEnd = (index: number, output: string | null, outcome = 'succeeded'): object => ({
  ...{ kind: 'stepFinished', phase: 'step', index, try: 1, outcome, exitCode: 0, signal: null, output, startedAtMs: Date.now() },
});

describe('what callbacks are told', () => {
  let centre: TaskManagers;
  let receiver: Receiver;
  let agent: FakeAgent;

  beforeAll(async () => {
    receiver = await Receiver.start();
    centre = await TaskManagers.open(2);
    agent = await centre.agent();
  }, 60_000);
  afterAll(async () => {
    await centre.close();
    receiver.stop();
  }, 30_000);

  const twoSteps = [
    { name: 'one', use: 'Noop' },
    { name: 'two', use: 'Noop' },
  ];
  const create = (more: Partial<TaskInput>): Promise<{ id: string }> =>
    centre.create({ name: 'told', zone: agent.zoneId, target: { agent: agent.agentId }, steps: twoSteps, ...more } as TaskInput);
  const begun = async (taskId: string): Promise<{ runId: string; attempt: number }> => {
    const { id } = await centre.onlyRun(taskId);
    await agent.commands(id);
    return { runId: id, attempt: 1 };
  };
  const nothingDue = (taskId: string): Promise<true> =>
    eventually('all messages are sent', 15_000, async () => {
      const rows = await centre.database.query<unknown[]>("SELECT 1 FROM callback_deliveries WHERE task_id = ? AND state = 'due'", [
        taskId,
      ]);
      return rows.length === 0 ? true : undefined;
    });
  const types = (path: string): string[] => receiver.bodies(path).map(({ type }) => type);

  const expected: Record<CallbackFilter, string[]> = {
    all: ['task.started', 'task.step', 'task.step', 'task.run', 'task.finished'],
    conclusion: ['task.finished'],
    'both-ends': ['task.started', 'task.finished'],
    success: ['task.finished'],
    failure: [],
    'changed-result': ['task.finished'],
    'each-step': ['task.step', 'task.step'],
  };

  it('is what each of the seven filters says, in order, with a body that fits its moment', async () => {
    const callbacks = callbackFilters.map((filter) => ({ url: `${receiver.origin}/seven/${filter}`, on: [filter] }));
    const { id } = await create({ name: 'seven', callbacks });
    const ids = await begun(id);
    await agent.facts({ kind: 'accepted', ...ids }, { kind: 'started', ...ids }, { ...ids, ...stepEnd(0, 'first') });
    await agent.facts({ ...ids, ...stepEnd(1, 'second') }, { ...ids, ...finished('succeeded', { output: 'second' }) });
    await receiver.on('/seven/all', 5);
    await nothingDue(id);
    for (const filter of callbackFilters) expect([filter, types(`/seven/${filter}`)]).toEqual([filter, expected[filter]]);

    const [started, first, second, run, end] = receiver.bodies('/seven/all').map(({ data }) => data);
    expect(started).toMatchObject({ task: { id, status: 'running', finishedAt: null }, runs: [{ status: 'running', steps: [] }] });
    expect(first).toMatchObject({ step: { name: 'one', index: 0, output: 'first', runId: ids.runId }, task: { status: 'running' } });
    expect(first?.runs).toMatchObject([{ id: ids.runId, status: 'running', output: null, steps: [{ name: 'one', output: 'first' }] }]);
    expect(second?.runs?.[0]?.steps.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(run).toMatchObject({ run: { id: ids.runId, status: 'succeeded', output: 'second' }, runs: [{ id: ids.runId }] });
    expect(end).toMatchObject({ task: { id, status: 'succeeded' }, runs: [{ id: ids.runId, output: 'second', steps: [{}, {}] }] });
  }, 30_000);

  it('is a failure to those who asked for failures', async () => {
    const callbacks = [
      { url: `${receiver.origin}/bad`, on: ['failure' as const] },
      { url: `${receiver.origin}/good`, on: ['success' as const] },
    ];
    const { id } = await create({ callbacks });
    const ids = await begun(id);
    await agent.facts({ kind: 'started', ...ids }, { ...ids, ...stepEnd(0, null, 'failed') }, { ...ids, ...finished('failed') });
    await receiver.on('/bad', 1);
    await nothingDue(id);
    expect([types('/bad'), types('/good')]).toEqual([['task.finished'], []]);
  });

  it('is a beginning once, an end once, and each run and step, where a task has many runs', async () => {
    const agents = [agent, await centre.agent(agent.zoneId), await centre.agent(agent.zoneId)];
    centre.resolve = () =>
      ({
        zoneId: agent.zoneId,
        zoneName: 'z',
        zoneRevision: 1,
        maxConcurrentRuns: 100,
        agents: agents.map(({ agentId }) => ({ agentId, status: 'online', since: new Date(0).toISOString(), drained: false })),
      }) as never;
    const callbacks = [{ url: `${receiver.origin}/many`, on: ['all' as const, 'conclusion' as const] }];
    const { id } = await create({ target: { all: '' }, callbacks });
    const runs = await centre.runs(id);
    await Promise.all(
      runs.map(async ({ id: runId, agentId }) => {
        const of = agents.find((one) => one.agentId === agentId);
        await of?.commands(runId);
        await of?.succeed(runId);
      }),
    );
    await eventually('its end', 15_000, () => (types('/many').includes('task.finished') ? true : undefined));
    await nothingDue(id);
    const told = types('/many');
    const count = (type: string): number => told.filter((one) => one === type).length;
    expect({ started: count('task.started'), steps: count('task.step'), runs: count('task.run'), ends: count('task.finished') }).toEqual({
      started: 1,
      steps: 3,
      runs: 3,
      ends: 1,
    });
    expect([told[0], told.at(-1)]).toEqual(['task.started', 'task.finished']);
    // A second beginning is no fault of the agent that tells it.
    expect(await centre.database.query<unknown[]>('SELECT 1 FROM refused_facts')).toEqual([]);
    const end: Body | undefined = receiver.bodies('/many').at(-1);
    expect(end?.data.runs).toHaveLength(3);
  }, 30_000);

  it('is a changed result only where it differs from the one before of its name', async () => {
    const tellsChange = async (name: string, output: string | null, status = 'succeeded'): Promise<boolean> => {
      const callbacks = [{ url: `${receiver.origin}/changed`, on: ['changed-result' as const] }];
      const { id } = await create({ name, callbacks });
      const ids = await begun(id);
      await agent.facts({ kind: 'started', ...ids }, { ...ids, ...finished(status, { output }) });
      await centre.runWithStatus(id, status as 'succeeded');
      const sql = 'SELECT 1 FROM callback_deliveries WHERE task_id = ?';
      return (await centre.database.query<unknown[]>(sql, [id])).length > 0;
    };
    const name = `watch ${newId('message')}`;
    expect(await tellsChange(name, 'a')).toBe(true);
    expect(await tellsChange(name, 'a')).toBe(false);
    expect(await tellsChange(`${name} of another name`, 'a')).toBe(true);
    expect(await tellsChange(name, 'b')).toBe(true);
    expect(await tellsChange(name, 'b', 'failed')).toBe(true);
    expect(await tellsChange(name, 'b', 'failed')).toBe(false);
    expect(await tellsChange(name, null, 'failed')).toBe(true);
  }, 30_000);

  it('costs a task that nobody asked about no statement', async () => {
    const run = sentRun();
    Object.assign(run.row, { state: 'succeeded', startedAt: new Date() });
    const ended = [
      { id: run.row.taskId, zoneId: run.row.zoneId, name: 'plain', status: 'succeeded' as const, reason: null, hasCallbacks: false },
    ];
    const statements = await inTransaction(centre.database, async (manager) => {
      const questions = async (): Promise<number> => {
        const [row] = await manager.query<{ Value: string }[]>("SHOW SESSION STATUS LIKE 'Questions'");
        return Number(row?.Value);
      };
      const before = await questions();
      expect(await makeDue(manager, { changed: [run], ended, steps: [], events: [] }, new Date())).toBe(false);
      return (await questions()) - before - 1;
    });
    expect(statements).toBe(0);
  });
});
