import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Run } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import { finished, zoneNameOf, type FakeAgent, type ReceivedCommand } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';

const steps = ['one', 'two', 'three'].map((name) => ({ name, run: `echo ${name}` }));
const retryPolicy = { maxAttempts: 4, delaySeconds: 0.1, maxDelaySeconds: 0.1, aloneSeconds: 30 };

describe('resumable tasks', () => {
  let centre: TaskManagers;
  let chosen: string[] = [];
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
    centre.resolve = (zone) => {
      const agents = chosen.map((agentId) => ({ agentId, status: 'online' as const, since: new Date().toISOString() }));
      return { zoneId: zone, zoneName: zoneNameOf(zone), maxConcurrentRuns: 100, agents };
    };
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const stepEnd = (runId: string, attempt: number, index: number, more: object = {}): object => ({
    ...{ kind: 'stepFinished', runId, attempt, phase: 'step', index, try: 1, outcome: 'succeeded', exitCode: 0, signal: null },
    ...{ output: `out ${attempt}.${index}`, startedAtMs: Date.now() },
    ...more,
  });
  const lost = (runId: string, attempt: number, code = 'AGENT_CRASHED'): object => ({
    ...{ runId, attempt },
    ...finished('lost', { exitCode: null, reason: { code, message: 'it is so' } }),
  });
  const started = async (agent: FakeAgent, target: 'agent' | 'any' = 'agent'): Promise<{ taskId: string; runId: string }> => {
    chosen = [agent.agentId];
    const to = target === 'any' ? { any: '' } : { agent: agent.agentId };
    const task = await centre.create({ name: 'long', zone: agent.zoneId, target: to, steps, resumable: true, retryPolicy });
    const { id: runId } = await centre.onlyRun(task.id);
    await agent.commands(runId);
    await agent.facts({ kind: 'accepted', runId, attempt: 1 }, { kind: 'started', runId, attempt: 1 });
    return { taskId: task.id, runId };
  };
  const again = (agent: FakeAgent, runId: string, attempt: number): Promise<ReceivedCommand['command']> =>
    eventually(`attempt ${attempt}`, 5_000, () =>
      agent.received.map(({ command }) => command).find((one) => one.runId === runId && one.attempt === attempt),
    );
  const told = ({ steps: results }: Run): unknown[] => results.map(({ name, attempt, output }) => [name, attempt, output]);

  it('go on with the first step that is not known to be done, and with the output of the one before', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await started(agent);
    await agent.facts(stepEnd(runId, 1, 0), stepEnd(runId, 1, 1, { outcome: 'lost', output: null }), lost(runId, 1));
    expect(await again(agent, runId, 2)).toMatchObject({ firstStep: 1, previous: 'out 1.0', steps });
    await agent.facts(
      { kind: 'accepted', runId, attempt: 2 },
      { kind: 'started', runId, attempt: 2 },
      stepEnd(runId, 2, 1),
      lost(runId, 2),
    );
    expect(await again(agent, runId, 3)).toMatchObject({ firstStep: 2, previous: 'out 2.1' });
    await agent.facts(stepEnd(runId, 3, 2), { runId, attempt: 3, ...finished('succeeded', { output: 'out 3.2' }) });
    const run = await centre.runWithStatus(taskId, 'succeeded');
    expect(told(run)).toEqual([
      ['one', 1, 'out 1.0'],
      ['two', 2, 'out 2.1'],
      ['three', 3, 'out 3.2'],
    ]);
    expect(run.attempts.map(({ number, firstStep, outcome }) => [number, firstStep, outcome])).toEqual([
      [1, 0, 'lost'],
      [2, 1, 'lost'],
      [3, 2, 'succeeded'],
    ]);
  });

  it('count a step that may fail as done', async () => {
    const agent = await centre.agent();
    const { runId } = await started(agent);
    await agent.facts(stepEnd(runId, 1, 0, { outcome: 'failed', exitCode: 3, continued: true, output: null }), lost(runId, 1));
    expect(await again(agent, runId, 2)).toMatchObject({ firstStep: 1 });
  });

  it('have succeeded where only the last word of their agent was lost', async () => {
    const agent = await centre.agent();
    const { taskId, runId } = await started(agent);
    await agent.facts(stepEnd(runId, 1, 0), stepEnd(runId, 1, 1), stepEnd(runId, 1, 2), lost(runId, 1));
    expect(await centre.runWithStatus(taskId, 'succeeded')).toMatchObject({
      ...{ attempt: 1, agentId: agent.agentId, output: 'out 1.2', exitCode: 0 },
      attempts: [{ number: 1, outcome: 'succeeded' }],
    });
  });

  it('are gone on with by another agent at once when theirs is stopped', async () => {
    const agent = await centre.agent();
    const other = await centre.agent(agent.zoneId);
    const { taskId, runId } = await started(agent, 'any');
    chosen = [other.agentId];
    await agent.facts(stepEnd(runId, 1, 0), lost(runId, 1, 'AGENT_STOPPED'));
    expect(await again(other, runId, 2)).toMatchObject({ firstStep: 1, previous: 'out 1.0' });
    await other.facts({ kind: 'started', runId, attempt: 2 }, stepEnd(runId, 2, 1), stepEnd(runId, 2, 2));
    await other.facts({ runId, attempt: 2, ...finished('succeeded') });
    const run = await centre.runWithStatus(taskId, 'succeeded');
    expect(told(run).map((step) => (step as unknown[])[1])).toEqual([1, 2, 2]);
    expect(run.attempts.map(({ agentId }) => agentId)).toEqual([agent.agentId, other.agentId]);
  });

  it('are gone on with by another agent when theirs is drained while they wait', async () => {
    const agent = await centre.agent();
    const other = await centre.agent(agent.zoneId);
    const { runId } = await started(agent, 'any');
    chosen = [];
    await agent.facts(stepEnd(runId, 1, 0), lost(runId, 1, 'AGENT_STOPPED'));
    await eventually('nobody', 5_000, async () => {
      const [row] = await centre.database.query<{ code: string | null }[]>('SELECT wait_code code FROM runs WHERE id = ?', [runId]);
      return row?.code === 'NO_AGENT_MATCHES' ? true : undefined;
    });
    await centre.hostEvent('host.drained', agent, 'by ann');
    chosen = [other.agentId];
    await centre.hostEvent('host.changed', other);
    expect(await again(other, runId, 2)).toMatchObject({ firstStep: 1 });
    expect(agent.received.filter(({ command }) => command.runId === runId)).toHaveLength(1);
  });

  it('take over only what was known when they went on', async () => {
    const agent = await centre.agent();
    const other = await centre.agent(agent.zoneId);
    const { taskId, runId } = await started(agent, 'any');
    chosen = [other.agentId];
    await agent.facts(stepEnd(runId, 1, 0));
    await centre.hostEvent('host.lost', agent);
    await centre.run(taskId, 'fenced', ({ reason }) => reason?.code === 'AGENT_FENCED');
    const past = new Date(Date.now() - 11_000);
    await centre.database.query('UPDATE runs SET lease_until = ?, wake_at = ? WHERE id = ?', [past, past, runId]);
    expect(await again(other, runId, 2)).toMatchObject({ firstStep: 1 });
    expect((await agent.facts(stepEnd(runId, 1, 1, { output: 'too late' }))).results).toMatchObject([{ result: 'stored' }]);
    await other.facts({ kind: 'started', runId, attempt: 2 }, stepEnd(runId, 2, 1));
    expect(told(await centre.onlyRun(taskId))).toEqual([
      ['one', 1, 'out 1.0'],
      ['two', 2, 'out 2.1'],
    ]);
  });
});
