import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { Run } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import { finished, zoneNameOf, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers, type TaskInput } from '../task-manager.fixture.js';

const policy = { maxAttempts: 3, delaySeconds: 0.1, maxDelaySeconds: 0.2, on: ['lost' as const], aloneSeconds: 30 };
const lost = (code: string): object => finished('lost', { exitCode: null, reason: { code, message: 'it is so' } });

describe('runs of atLeastOnce', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
    centre.resolve = (zone) => ({ zoneId: zone, zoneName: zoneNameOf(zone), maxConcurrentRuns: 100, agents: [...chosen] });
  }, 60_000);
  afterAll(() => centre.close(), 90_000);
  let chosen: { agentId: string; status: 'online'; since: string }[] = [];
  const choose = ({ agentId }: FakeAgent): void => {
    chosen = [{ agentId, status: 'online', since: new Date().toISOString() }];
  };

  const started = async (agent: FakeAgent, more: Partial<TaskInput> = {}): Promise<{ taskId: string; runId: string }> => {
    const input = { execution: 'atLeastOnce' as const, retryPolicy: policy, ...more };
    const task = await centre.noop(agent.zoneId, more.target ?? { agent: agent.agentId }, input);
    const { id: runId } = await centre.onlyRun(task.id);
    await agent.commands(runId);
    await agent.facts({ kind: 'accepted', runId, attempt: 1 }, { kind: 'started', runId, attempt: 1 });
    return { taskId: task.id, runId };
  };
  const again = (agent: FakeAgent, runId: string, attempt: number): Promise<object> =>
    eventually(`attempt ${attempt}`, 5_000, () =>
      agent.received.find(({ command }) => command.runId === runId && command.attempt === attempt),
    );
  const setRun = (runId: string, columns: string, values: unknown[]): Promise<unknown> =>
    centre.database.query(`UPDATE runs SET ${columns} WHERE id = ?`, [...values, runId]);
  const waits = (taskId: string, code: string): Promise<Run> => centre.run(taskId, code, ({ reason }) => reason?.code === code);

  it('begin another attempt after one that was lost, and keep what became of it', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await started(agent, { retryPolicy: { ...policy, delaySeconds: 1, maxDelaySeconds: 1 } });
    await agent.facts({ runId, attempt: 1, ...lost('AGENT_CRASHED') });
    const waiting = await centre.onlyRun(taskId);
    expect(waiting).toMatchObject({ status: 'queued', attempt: 2, finishedAt: null, startedAt: null, reason: { code: 'RETRY_WAITS' } });
    expect(waiting.reason?.message).toMatch(/^attempt 1 ended as lost \(AGENT_CRASHED: it is so\); the next one begins at/);
    expect(waiting.reason?.until).toBeDefined();
    expect(waiting.attempts).toMatchObject([{ number: 1, outcome: 'lost', reason: { code: 'AGENT_CRASHED' }, firstStep: 0 }]);
    await again(agent, runId, 2);
    await agent.succeed(runId, 2);
    expect(await centre.runWithStatus(taskId, 'succeeded')).toMatchObject({
      attempts: [
        { number: 1, outcome: 'lost' },
        { number: 2, outcome: 'succeeded' },
      ],
    });
    expect((await centre.rpc('getTask', { id: taskId })).status).toBe('succeeded');
  });

  it('end as their last attempt when there have been enough', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await started(agent);
    for (const attempt of [1, 2, 3]) {
      await again(agent, runId, attempt);
      await agent.facts({ runId, attempt, ...lost('AGENT_STOPPED') });
    }
    expect(await centre.runWithStatus(taskId, 'lost')).toMatchObject({ attempt: 3, reason: { code: 'AGENT_STOPPED' } });
  });

  it('are not begun again after an end that the policy does not name, nor where they may start once only', async () => {
    const agent = await centre.agent();
    const [failing, once] = [await started(agent), await started(agent, { execution: 'atMostOnce', retryPolicy: undefined })];
    await agent.facts({ runId: failing.runId, attempt: 1, ...finished('failed', { exitCode: 1 }) });
    await agent.facts({ runId: once.runId, attempt: 1, ...lost('AGENT_CRASHED') });
    expect((await centre.onlyRun(failing.taskId)).status).toBe('failed');
    expect((await centre.onlyRun(once.taskId)).status).toBe('lost');
    const retried = await started(agent, { retryPolicy: { ...policy, on: ['failed'] } });
    await agent.facts({ runId: retried.runId, attempt: 1, ...finished('failed', { exitCode: 1 }) });
    await again(agent, retried.runId, 2);
  });

  it('do not cut their pause short when their agent is back, and are sent once', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await started(agent, { retryPolicy: { ...policy, delaySeconds: 600, maxDelaySeconds: 600 } });
    await agent.facts({ runId, attempt: 1, ...lost('AGENT_CRASHED') });
    const { reason } = await centre.onlyRun(taskId);
    agent.session = newId('session');
    await agent.hello();
    await centre.hostEvent('host.suspect', agent);
    await centre.hostEvent('host.online', agent);
    const other = await started(agent);
    await agent.succeed(other.runId);
    expect(await centre.onlyRun(taskId)).toMatchObject({
      status: 'queued',
      attempt: 2,
      reason: { code: 'RETRY_WAITS', until: reason?.until },
    });
    expect((await centre.cancel(taskId)).status).toBe('canceled');
    expect((await centre.onlyRun(taskId)).reason?.message).toBe('canceled by tester before attempt 2 started');
  });

  it('whose agent is lost wait for it, and go on where it has them still', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await started(agent);
    await centre.hostEvent('host.lost', agent, 'cut off');
    expect(await waits(taskId, 'AGENT_OFFLINE')).toMatchObject({ status: 'queued', attempt: 1, agentId: agent.agentId });
    const { verdicts } = await agent.hello(100, [{ runId, attempt: 1, state: 'running' }]);
    expect(verdicts).toMatchObject([{ verdict: 'keep' }]);
    expect(await centre.onlyRun(taskId)).toMatchObject({ status: 'running', attempt: 1 });
    await agent.facts({ runId, attempt: 1, ...finished('succeeded') });
    expect(await centre.onlyRun(taskId)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect((await agent.commands(runId)).length).toBe(1);
  });

  it('whose agent was lost and does not know them any more are begun again there', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await started(agent);
    await centre.hostEvent('host.lost', agent, 'cut off');
    await waits(taskId, 'AGENT_OFFLINE');
    agent.session = newId('session');
    await agent.hello();
    await again(agent, runId, 2);
    expect((await centre.onlyRun(taskId)).attempts[0]).toMatchObject({ outcome: 'lost', reason: { code: 'AGENT_LOST' } });
  });

  it('whose agent is there with another journal are lost: what they began may still be running', async () => {
    const agent = await centre.agent();
    const { taskId } = await started(agent);
    await centre.hostEvent('host.lost', agent, 'cut off');
    await waits(taskId, 'AGENT_OFFLINE');
    agent.session = newId('session');
    agent.journalId = newId('journal');
    await agent.hello();
    expect(await centre.runWithStatus(taskId, 'lost')).toMatchObject({ attempt: 1, reason: { code: 'JOURNAL_CHANGED' } });
  });

  it('whose agent was removed are lost, and a late word on them is kept', async () => {
    const agent = await centre.agent();
    const { taskId } = await started(agent);
    await centre.hostEvent('host.removed', agent, 'by ann');
    expect(await centre.runWithStatus(taskId, 'lost')).toMatchObject({ reason: { code: 'AGENT_REMOVED' } });
  });

  it('go to another agent only once the lease of the lost one is over', async () => {
    const agent = await centre.agent();
    const other = await centre.agent(agent.zoneId);
    choose(agent);
    const { taskId, runId } = await started(agent, { target: { any: '' } });
    expect((await agent.commands(runId))[0]?.command).toMatchObject({ aloneSeconds: 30 });
    choose(other);
    await centre.hostEvent('host.lost', agent, 'cut off');
    const fenced = await waits(taskId, 'AGENT_FENCED');
    expect(fenced).toMatchObject({ status: 'queued', agentId: agent.agentId, attempt: 1 });
    const leftSeconds = (Date.parse(fenced.reason?.until ?? '') - Date.now()) / 1000;
    expect(leftSeconds).toBeGreaterThan(30 + 30 + 5);
    // As if that time had passed.
    const past = new Date(Date.now() - 11_000);
    await setRun(runId, 'lease_until = ?, wake_at = ?', [past, past]);
    await again(other, runId, 2);
    expect((await centre.onlyRun(taskId)).attempts[0]).toMatchObject({
      agentId: agent.agentId,
      outcome: 'lost',
      reason: { code: 'AGENT_LOST' },
    });
    // What the old one still has to say changes nothing.
    expect((await agent.alive({ runId, attempt: 1 })).results).toMatchObject([{ result: 'refused' }]);
    const late = await agent.facts({ runId, attempt: 1, ...finished('succeeded', { output: 'late' }) });
    expect(late.results).toMatchObject([{ result: 'stored' }]);
    expect(await centre.onlyRun(taskId)).toMatchObject({ status: 'dispatched', lateResult: { attempt: 1, output: 'late' } });
    await other.succeed(runId, 2);
    expect(await centre.runWithStatus(taskId, 'succeeded')).toMatchObject({ agentId: other.agentId, output: null });
  });

  it('stay with an agent that gives signs of life', async () => {
    const agent = await centre.agent();
    choose(agent);
    const { taskId, runId } = await started(agent, { target: { any: '' } });
    const leaseOf = async (): Promise<number> => {
      const [row] = await centre.database.query<{ at: Date }[]>('SELECT lease_until at FROM runs WHERE id = ?', [runId]);
      return row?.at.getTime() ?? 0;
    };
    await setRun(runId, 'lease_until = ?', [new Date(Date.now() - 60_000)]);
    const replies = await agent.alive({ runId, attempt: 1 }, { runId, attempt: 2 }, { runId: newId('run'), attempt: 1 });
    expect(replies.results.map(({ result }) => result)).toEqual(['stored', 'refused', 'refused']);
    expect(Math.abs((await leaseOf()) - Date.now() - 30_000)).toBeLessThan(5_000);
    await centre.hostEvent('host.lost', agent);
    await waits(taskId, 'AGENT_FENCED');
    // It was heard of after all, so the time that was set is too early.
    const early = new Date(Date.now() - 1_000);
    await setRun(runId, 'wake_at = ?', [early]);
    await centre.run(taskId, 'fenced anew', ({ reason }) => Date.parse(reason?.until ?? '') > Date.now());
    await centre.hostEvent('host.online', agent);
    expect(await centre.runWithStatus(taskId, 'running')).toMatchObject({ attempt: 1 });
  });

  it('that are canceled while nobody can reach their agent end with its lease', async () => {
    const agent = await centre.agent();
    choose(agent);
    const [movable, bound] = [await started(agent, { target: { any: '' } }), await started(agent)];
    await centre.hostEvent('host.lost', agent);
    await waits(movable.taskId, 'AGENT_FENCED');
    expect((await centre.cancel(movable.taskId)).status).toBe('running');
    expect(await centre.cancel(bound.taskId)).toMatchObject({ status: 'lost', reason: { code: 'AGENT_LOST' } });
    const past = new Date(Date.now() - 11_000);
    await setRun(movable.runId, 'lease_until = ?, wake_at = ?', [past, past]);
    expect(await centre.runWithStatus(movable.taskId, 'canceled')).toMatchObject({ reason: { code: 'AGENT_ALONE' } });
  });

  it('end at their deadline while their agent is away', async () => {
    const agent = await centre.agent();
    const { taskId } = await started(agent, { deadline: new Date(Date.now() + 2_000).toISOString() });
    await centre.hostEvent('host.lost', agent);
    await waits(taskId, 'AGENT_OFFLINE');
    expect((await centre.runWithStatus(taskId, 'timed_out')).reason?.message).toBe('its deadline passed while its agent was lost');
  });
});
