import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { Run } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import { finished, zoneNameOf, type FakeAgent, type ReceivedCommand } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';

describe('canceling', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const sent = async (agent: FakeAgent): Promise<{ taskId: string; runId: string }> => {
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId });
    const { id } = await centre.onlyRun(task.id);
    await agent.commands(id);
    return { taskId: task.id, runId: id };
  };
  const cancelRun = (id: string): Promise<Run> => centre.rpc('cancelRun', { actor: { userId: 'usr_1', username: 'eve' }, id });
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
    await expect(centre.cancel(taskId)).rejects.toMatchObject({ code: 'WRONG_STATE', message: 'The task is succeeded' });
    await expect(cancelRun(runId)).rejects.toMatchObject({ code: 'WRONG_STATE', message: 'The run is succeeded' });
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

  it('reaches a live agent well within a second, and so does its answer', async () => {
    const agent = await centre.agent();
    for (let round = 0; round < 5; round++) {
      const { taskId, runId } = await sent(agent);
      await agent.facts({ kind: 'started', runId, attempt: 1 });
      const from = performance.now();
      await centre.cancel(taskId);
      await cancelOf(agent, runId);
      await agent.facts({ runId, attempt: 1, ...finished('canceled') });
      expect((await centre.onlyRun(taskId)).status).toBe('canceled');
      expect(performance.now() - from).toBeLessThan(1_000);
    }
  });

  it('of one run leaves the others of its task alone', async () => {
    const zone = newId('zone');
    const agents = [await centre.agent(zone), await centre.agent(zone)];
    const known = agents.map(({ agentId }) => ({ agentId, status: 'online' as const, since: new Date().toISOString() }));
    centre.resolve = () => ({ zoneId: zone, zoneName: zoneNameOf(zone), maxConcurrentRuns: 100, agents: known });
    const task = await centre.noop(zone, { all: '' });
    const runs = await centre.runs(task.id);
    const [run, other] = runs.map(({ id, agentId }) => ({ id, agent: agents.find((one) => one.agentId === agentId) }));
    await run?.agent?.commands(run.id);
    expect(await cancelRun(run?.id ?? '')).toMatchObject({ id: run?.id, status: 'dispatched', reason: { code: 'SENT' } });
    await run?.agent?.facts({ kind: 'refused', runId: run.id, attempt: 1, code: 'CANCELED', detail: '' });
    await other?.agent?.commands(other.id);
    await other?.agent?.succeed(other.id);
    expect(await centre.rpc('getTask', { id: task.id })).toMatchObject({
      status: 'canceled',
      runs: { byStatus: { canceled: 1, succeeded: 1 } },
    });
    await expect(cancelRun(newId('run'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('of what its lost agent had in hand says that nobody knows', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await sent(agent);
    await agent.facts({ kind: 'started', runId, attempt: 1 });
    await centre.hostEvent('host.suspect', agent);
    await centre.cancel(taskId);
    expect((await centre.onlyRun(taskId)).status).toBe('running');
    await centre.hostEvent('host.lost', agent);
    expect(await centre.runWithStatus(taskId, 'lost')).toMatchObject({ reason: { code: 'AGENT_LOST' } });
  });

  it('of a task that there is not is said', () => expect(centre.cancel(newId('task'))).rejects.toMatchObject({ code: 'NOT_FOUND' }));
});
