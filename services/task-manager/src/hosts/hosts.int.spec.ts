import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '@klevr/testing/eventually';
import { finished, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';

describe('agents that come and go', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const to = (agent: FakeAgent, more: object = {}): Promise<{ id: string }> => centre.noop(agent.zoneId, { agent: agent.agentId }, more);
  const sent = async (agent: FakeAgent): Promise<{ taskId: string; runId: string }> => {
    const task = await to(agent);
    const { id } = await centre.onlyRun(task.id);
    await agent.commands(id);
    return { taskId: task.id, runId: id };
  };

  it('are sent nothing while they are suspect, and everything when they are back', async () => {
    const agent = await centre.agent();
    await centre.hostEvent('host.suspect', agent, 'beats missing');
    await eventually('suspect', 5_000, async () => {
      const rows = await centre.database.query<{ online: number }[]>('SELECT online FROM agent_state WHERE agent_id = ?', [agent.agentId]);
      return rows[0]?.online === 0 ? true : undefined;
    });
    const task = await to(agent);
    const waiting = await centre.run(task.id, 'waiting', (run) => run.reason?.code === 'AGENT_OFFLINE');
    expect(waiting).toMatchObject({ status: 'queued', reason: { message: expect.stringMatching(/agent offline since .*beats missing/) } });
    expect(agent.received).toEqual([]);
    await centre.hostEvent('host.online', agent);
    await agent.commands(waiting.id);
  });

  it('get what was sent before they froze again when they thaw', async () => {
    const agent = await centre.agent();
    const { runId } = await sent(agent);
    await centre.hostEvent('host.suspect', agent);
    await centre.hostEvent('host.online', agent);
    expect((await agent.commands(runId, 2)).map(({ command }) => command.attempt)).toEqual([1, 1]);
  });

  it('with another session and the same journal get the same attempt again, once', async () => {
    const agent = await centre.agent();
    const { runId, taskId } = await sent(agent);
    agent.session = newId('session');
    await agent.hello();
    const again = await eventually('the new session', 5_000, () => agent.received.find(({ command }) => command.session === agent.session));
    expect(again.command).toMatchObject({ runId, attempt: 1 });
    await agent.succeed(runId);
    expect((await centre.runWithStatus(taskId, 'succeeded')).attempt).toBe(1);
  });

  it('with another journal are not sent again what the old one may have known', async () => {
    const agent = await centre.agent();
    const { taskId } = await sent(agent);
    [agent.session, agent.journalId] = [newId('session'), newId('journal')];
    await agent.hello();
    expect(await centre.onlyRun(taskId)).toMatchObject({ status: 'lost', reason: { code: 'JOURNAL_CHANGED' } });
  });

  it('are told what to do with each attempt that they know', async () => {
    const agent = await centre.agent();
    const [open, done, over] = [await sent(agent), await sent(agent), await sent(agent)];
    await agent.facts({ kind: 'accepted', runId: open.runId, attempt: 1 }, { kind: 'accepted', runId: over.runId, attempt: 1 });
    await agent.succeed(done.runId);
    await centre.cancel(over.taskId);
    agent.session = newId('session');
    const unknown = newId('run');
    const { verdicts, taskKeys } = await agent.hello(100, [
      { runId: open.runId, attempt: 1, state: 'running' },
      { runId: done.runId, attempt: 1, state: 'finished' },
      { runId: over.runId, attempt: 1, state: 'running' },
      { runId: unknown, attempt: 1, state: 'accepted' },
    ]);
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['keep', 'forget', 'stop', 'stop']);
    expect(taskKeys.keys).toMatchObject([{ kid: 'test-key', crv: 'Ed25519' }]);
    expect(JSON.stringify(taskKeys)).not.toContain('"d"');
  });

  it('that are lost lose what they had in hand, and keep what was only sent', async () => {
    const agent = await centre.agent();
    const [held, onTheWay] = [await sent(agent), await sent(agent)];
    await agent.facts({ kind: 'started', runId: held.runId, attempt: 1 });
    await centre.hostEvent('host.lost', agent, 'no answer');
    await centre.runWithStatus(held.taskId, 'lost');
    expect(await centre.onlyRun(onTheWay.taskId)).toMatchObject({ status: 'dispatched', reason: { code: 'AGENT_OFFLINE' } });
    agent.session = newId('session');
    const { verdicts } = await agent.hello(100, [{ runId: held.runId, attempt: 1, state: 'finished' }]);
    expect(verdicts).toMatchObject([{ verdict: 'sendResult' }]);
    await agent.facts({ runId: held.runId, attempt: 1, ...finished('succeeded') });
    expect(await centre.onlyRun(held.taskId)).toMatchObject({ status: 'lost', lateResult: { status: 'succeeded' } });
    const again = await agent.hello(100, [{ runId: held.runId, attempt: 1, state: 'finished' }]);
    expect(again.verdicts).toMatchObject([{ verdict: 'forget' }]);
  });

  it('that are lost although they said hello, as the scheduler knows when it is asked, lose what would never end', async () => {
    const [agent, other] = [await centre.agent(), await centre.agent()];
    const [run, others] = [await sent(agent), await sent(other)];
    await agent.facts({ kind: 'started', runId: run.runId, attempt: 1 });
    await other.facts({ kind: 'started', runId: others.runId, attempt: 1 });
    centre.lost.add(agent.agentId);
    const ids = [run.runId, others.runId];
    await centre.database.query('UPDATE runs SET limit_at = NULL, wake_at = ? WHERE id IN (?)', [new Date(), ids]);
    expect(await centre.runWithStatus(run.taskId, 'lost')).toMatchObject({ reason: { code: 'AGENT_LOST' } });
    expect((await centre.onlyRun(others.taskId)).status).toBe('running');
  });

  it('do not lose a run to an event that is older than their hello', async () => {
    const agent = await centre.agent();
    const { runId, taskId } = await sent(agent);
    await agent.facts({ kind: 'started', runId, attempt: 1 });
    await centre.database.query('UPDATE agent_state SET since = ? WHERE agent_id = ?', [new Date(Date.now() + 60_000), agent.agentId]);
    await centre.hostEvent('host.lost', agent);
    const other = await centre.agent(agent.zoneId);
    await centre.hostEvent('host.left', other);
    await eventually('the later event', 5_000, async () => {
      const rows = await centre.database.query<{ status: string }[]>('SELECT status FROM agent_state WHERE agent_id = ?', [other.agentId]);
      return rows[0]?.status === 'left' ? true : undefined;
    });
    expect((await centre.onlyRun(taskId)).status).toBe('running');
  });

  it('that stay away let a run end at its deadline, and it never goes out', async () => {
    const agent = await centre.agent();
    await centre.hostEvent('host.left', agent);
    await eventually('left', 5_000, async () => {
      const rows = await centre.database.query<{ online: number }[]>('SELECT online FROM agent_state WHERE agent_id = ?', [agent.agentId]);
      return rows[0]?.online === 0 ? true : undefined;
    });
    const task = await to(agent, { deadline: new Date(Date.now() + 1_000).toISOString() });
    expect(await centre.runWithStatus(task.id, 'timed_out')).toMatchObject({ reason: { code: 'DEADLINE_PASSED' }, attempt: 0 });
    agent.session = newId('session');
    await agent.hello();
    const later = await sent(agent);
    expect(agent.received.map(({ command }) => command.runId)).toEqual([later.runId]);
  });

  it('that say nothing about a run for longer than it may take let it time out', async () => {
    const agent = await centre.agent();
    const { runId, taskId } = await sent(agent);
    await agent.facts({ kind: 'started', runId, attempt: 1 });
    await centre.database.query('UPDATE runs SET limit_at = ?, wake_at = ? WHERE id = ?', [new Date(), new Date(), runId]);
    expect(await centre.runWithStatus(taskId, 'timed_out')).toMatchObject({ reason: { code: 'RUN_TIMED_OUT' } });
  });
});
