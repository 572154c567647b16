import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '@klevr/testing/eventually';
import { finished, type FakeAgent, type ReceivedCommand } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';

describe('canceling', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 30_000);

  const sent = async (agent: FakeAgent): Promise<{ taskId: string; runId: string }> => {
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId });
    const { id } = await centre.onlyRun(task.id);
    await agent.commands(id);
    return { taskId: task.id, runId: id };
  };
  const cancelOf = (agent: FakeAgent, runId: string): Promise<ReceivedCommand> =>
    eventually('the cancel', 5_000, () => agent.received.find(({ command }) => command.verb === 'cancel' && command.runId === runId));

  it('ends at once what was never sent', async () => {
    const agent = await centre.agent(undefined, { maxConcurrentRuns: 1 });
    await sent(agent);
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId });
    expect(await centre.cancel(task.id)).toMatchObject({ status: 'canceled', reason: { code: 'CANCELED_BY_USER' } });
    const { id } = await centre.onlyRun(task.id);
    expect(agent.received.some(({ command }) => command.runId === id)).toBe(false);
  });

  it('of what was sent is believed only when the agent says that it never started', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await sent(agent);
    expect((await centre.cancel(taskId)).status).toBe('running');
    expect(await cancelOf(agent, runId)).toMatchObject({ way: 'straight', command: { session: agent.session, attempt: 1 } });
    expect((await centre.onlyRun(taskId)).status).toBe('dispatched');
    await agent.facts({ kind: 'refused', runId, attempt: 1, code: 'CANCELED', detail: '' });
    expect((await centre.onlyRun(taskId)).status).toBe('canceled');
  });

  it('of what runs waits for the agent, and is repeated', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await sent(agent);
    await agent.facts({ kind: 'started', runId, attempt: 1 });
    await centre.cancel(taskId);
    await cancelOf(agent, runId);
    expect((await centre.onlyRun(taskId)).status).toBe('running');
    await agent.facts({ runId, attempt: 1, ...finished('canceled', { reason: { code: 'CANCELED_BY_USER', message: 'canceled' } }) });
    expect((await centre.onlyRun(taskId)).status).toBe('canceled');
  });

  it('that loses the race against the end changes nothing', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await sent(agent);
    await Promise.all([centre.cancel(taskId).catch(() => undefined), agent.succeed(runId)]);
    expect((await centre.onlyRun(taskId)).status).toBe('succeeded');
    await agent.facts({ kind: 'refused', runId, attempt: 1, code: 'CANCELED', detail: '' });
    expect((await centre.onlyRun(taskId)).status).toBe('succeeded');
    await expect(centre.cancel(taskId)).rejects.toMatchObject({ code: 'WRONG_STATE' });
  });

  it('while the agent is away ends with its hello', async () => {
    const agent = await centre.agent();
    const { taskId } = await sent(agent);
    await centre.hostEvent('host.lost', agent);
    await centre.cancel(taskId);
    agent.session = newId('session');
    await agent.hello();
    expect((await centre.onlyRun(taskId)).status).toBe('canceled');
  });

  it('of a task that there is not is said', () => expect(centre.cancel(newId('task'))).rejects.toMatchObject({ code: 'NOT_FOUND' }));
});
