import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { Task } from '@klevr/contracts/task';
import { finished, zoneNameOf, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers, type TaskInput } from '../task-manager.fixture.js';

describe('retrying a task', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open();
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const actor = { userId: 'usr_test', username: 'bob' };
  const retry = (id: string, onlyFailed = false, key?: string): Promise<Task> =>
    centre.rpc('retryTask', {
      ...{ actor, id, retry: { onlyFailed } },
      ...(key === undefined ? {} : { idempotency: { key, scope: 'test', digest: 'a' } }),
    });
  const rich: Partial<TaskInput> = {
    ...{ name: 'rich', timeoutSeconds: null, execution: 'atLeastOnce', retryPolicy: { maxAttempts: 1 }, priority: 7, supersedes: 'one' },
    ...{ parameters: { days: 7 }, killGraceSeconds: 9, maxLogBytes: 2048, concurrencyKey: 'db', recovery: [{ name: 'undo', use: 'Noop' }] },
    callbacks: [{ url: 'http://127.0.0.1:9/x', on: ['all'] }],
  };
  const endAll = async (agent: FakeAgent, taskId: string, status: string): Promise<void> => {
    for (const { id: runId, agentId } of await centre.runs(taskId)) {
      if (agentId !== agent.agentId) continue;
      await agent.commands(runId);
      await agent.facts({ kind: 'started', runId, attempt: 1 }, { runId, attempt: 1, ...finished(status) });
    }
  };
  const secretsOf = async (taskId: string): Promise<string[]> => {
    const rows = await centre.database.query<{ secret: string }[]>('SELECT secret FROM callbacks WHERE task_id = ?', [taskId]);
    return rows.map(({ secret }) => secret);
  };

  it('makes a new one like it, with the same secrets, which are not shown', async () => {
    const agent = await centre.agent();
    const deadline = new Date(Date.now() + 3_600_000).toISOString();
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId }, { ...rich, deadline });
    await endAll(agent, task.id, 'failed');
    const again = await retry(task.id);
    expect(again.callbacks).toEqual([{ id: expect.any(String), url: 'http://127.0.0.1:9/x', on: ['all'] }]);
    expect(await secretsOf(again.id)).toEqual(await secretsOf(task.id));
    const made = await centre.rpc('getTask', { id: again.id });
    expect(made).toMatchObject({ retryOf: task.id, createdBy: 'bob', status: 'running', deadline });
    const { steps, recovery, parameters, timeoutSeconds, execution, retryPolicy, priority, supersedes, killGraceSeconds, maxLogBytes } =
      task;
    expect(made).toMatchObject({
      steps,
      recovery,
      parameters,
      timeoutSeconds,
      execution,
      retryPolicy,
      priority,
      supersedes,
      killGraceSeconds,
      maxLogBytes,
    });
    expect(made).toMatchObject({ target: task.target, concurrencyKey: 'db' });
  });

  it('is refused while it is open, and names its state', async () => {
    const agent = await centre.agent();
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId });
    await expect(retry(task.id)).rejects.toMatchObject({ code: 'WRONG_STATE', message: 'The task is running' });
    const later = new Date(Date.now() + 60_000).toISOString();
    const scheduled = await centre.noop(agent.zoneId, { agent: agent.agentId }, { schedule: { at: later } });
    await expect(retry(scheduled.id)).rejects.toMatchObject({ code: 'WRONG_STATE', message: 'The task is scheduled' });
    await expect(retry(newId('task'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('with one key makes one task', async () => {
    const agent = await centre.agent();
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId }, rich);
    await endAll(agent, task.id, 'failed');
    const key = newId('message');
    const made = await Promise.all([retry(task.id, false, key), retry(task.id, false, key), retry(task.id, false, key)]);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  });

  it('leaves out a deadline and a time to begin that have passed', async () => {
    const agent = await centre.agent();
    const soon = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId }, { schedule: { at: soon(200) }, deadline: soon(900) });
    await endAll(agent, task.id, 'failed');
    await centre.database.query('UPDATE tasks SET deadline_at = ? WHERE id = ?', [new Date(Date.now() - 1), task.id]);
    expect(await retry(task.id)).toMatchObject({ deadline: null, scheduledAt: null, status: 'running' });
  });

  it('goes, if wanted, only to the hosts where it has not succeeded, in batches as before', async () => {
    const zone = newId('zone');
    const agents = [await centre.agent(zone), await centre.agent(zone), await centre.agent(zone)] as const;
    const known = agents.map(({ agentId }) => ({ agentId, status: 'online' as const, since: new Date().toISOString() }));
    centre.resolve = () => ({ zoneId: zone, zoneName: zoneNameOf(zone), maxConcurrentRuns: 100, agents: known });
    const task = await centre.noop(zone, { all: '' });
    await endAll(agents[0], task.id, 'failed');
    await endAll(agents[1], task.id, 'succeeded');
    await endAll(agents[2], task.id, 'timed_out');
    const again = await retry(task.id, true);
    expect(again).toMatchObject({ target: { all: '' }, runs: { total: 2 } });
    expect(new Set((await centre.runs(again.id)).map(({ agentId }) => agentId))).toEqual(new Set([agents[0].agentId, agents[2].agentId]));
    for (const agent of agents) await endAll(agent, again.id, 'succeeded');
    expect((await retry(again.id)).runs.total).toBe(3);
    await expect(retry(again.id, true)).rejects.toMatchObject({
      code: 'WRONG_STATE',
      message: 'The task is succeeded: none of its runs has failed',
    });
  });
});
