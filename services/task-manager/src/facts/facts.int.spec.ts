import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { finished, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';
import { defaultLogBytes } from '@klevr/contracts/execution';

describe('facts', () => {
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
  const chunk = (runId: string, data: string, more: object = {}): object => ({
    ...{ runId, attempt: 1, phase: 'step', index: 0, try: 1, stream: 'stdout', offset: 0, data: Buffer.from(data).toString('base64') },
    ...more,
  });

  it('are answered as duplicates when they come again, and have their effect once', async () => {
    const agent = await centre.agent();
    const { runId } = await sent(agent);
    const facts = [
      { seq: 1, atMs: Date.now(), kind: 'accepted', runId, attempt: 1 },
      { seq: 2, atMs: Date.now(), runId, attempt: 1, ...finished('failed', { exitCode: 3 }) },
    ];
    const replies = await Promise.all([agent.batch('events', facts), agent.batch('events', facts), agent.batch('events', facts)]);
    const results = replies.map((reply) => reply.results.map(({ result }) => result).join());
    expect(results.toSorted()).toEqual(['duplicate,duplicate', 'duplicate,duplicate', 'stored,stored']);
    expect(await centre.rpc('getRun', { id: runId })).toMatchObject({ status: 'failed', exitCode: 3 });
  });

  it('that cannot be understood are set aside, and stop nothing', async () => {
    const agent = await centre.agent();
    const { runId, taskId } = await sent(agent);
    const reply = await agent.facts(
      { kind: 'accepted', runId, attempt: 1 },
      { kind: 'exploded', runId, attempt: 1 },
      { runId, attempt: 1, ...finished('succeeded') },
    );
    expect(reply.results.map(({ result }) => result)).toEqual(['stored', 'refused', 'stored']);
    await centre.runWithStatus(taskId, 'succeeded');
    const rows = await centre.database.query<{ seq: number; body: string }[]>('SELECT seq, body FROM refused_facts WHERE agent_id = ?', [
      agent.agentId,
    ]);
    expect(rows).toMatchObject([{ seq: 2, body: expect.stringContaining('exploded') }]);
  });

  it("about a neighbour's run are refused", async () => {
    const agent = await centre.agent();
    const thief = await centre.agent(agent.zoneId);
    const { runId, taskId } = await sent(agent);
    const reply = await thief.succeed(runId);
    expect(reply.results.every(({ result }) => result === 'refused')).toBe(true);
    expect((await centre.onlyRun(taskId)).status).toBe('dispatched');
  });

  it('of a run that has ended are kept beside the end', async () => {
    const agent = await centre.agent();
    const { runId, taskId } = await sent(agent);
    await agent.facts({ kind: 'accepted', runId, attempt: 1 });
    await centre.hostEvent('host.lost', agent, 'did not come back');
    expect(await centre.runWithStatus(taskId, 'lost')).toMatchObject({ reason: { code: 'AGENT_LOST' } });
    await agent.facts({ runId, attempt: 1, ...finished('succeeded', { output: 'after all' }) });
    expect(await centre.onlyRun(taskId)).toMatchObject({
      status: 'lost',
      output: null,
      lateResult: { status: 'succeeded', output: 'after all' },
    });
    expect(await centre.rpc('getTask', { id: taskId })).toMatchObject({ status: 'lost' });
  });

  it('with text that databases dislike are stored', async () => {
    const agent = await centre.agent();
    const { runId, taskId } = await sent(agent);
    const message = 'broke \u0000 \ud800 😀';
    const reply = await agent.facts({
      runId,
      attempt: 1,
      ...finished('failed', { output: `\udfff\u0000${'x'.repeat(60_000)}`, reason: { code: 'STEP_FAILED', message } }),
    });
    expect(reply.results).toMatchObject([{ result: 'stored' }]);
    expect(await centre.runWithStatus(taskId, 'failed')).toMatchObject({ reason: { message: expect.stringContaining('😀') } });
  });

  it('of many agents at once each reach their own run, with two replicas at work', async () => {
    const zone = newId('zone');
    const agents = await Promise.all(Array.from({ length: 8 }, () => centre.agent(zone)));
    const runs = await Promise.all(agents.flatMap((agent) => Array.from({ length: 5 }, async () => ({ agent, ...(await sent(agent)) }))));
    await Promise.all(runs.map(({ agent, runId }) => agent.succeed(runId)));
    for (const { agent, taskId } of runs) expect((await centre.runWithStatus(taskId, 'succeeded')).agentId).toBe(agent.agentId);
  }, 30_000);

  it('carry output, which is read back in order and in pages', async () => {
    const agent = await centre.agent();
    const { runId } = await sent(agent);
    await agent.logs(chunk(runId, 'one '), chunk(runId, 'two', { stream: 'stderr', cut: true }));
    await agent.logs(chunk(runId, Buffer.alloc(130_000, 'a').toString()));
    const page = await centre.rpc('getLogs', { runId });
    expect(page.chunks.slice(0, 2)).toMatchObject([
      { seq: 1, step: 'only', stream: 'stdout', data: Buffer.from('one ').toString('base64'), cut: false },
      { seq: 2, stream: 'stderr', cut: true },
    ]);
    expect(page).toMatchObject({ finished: false, nextSeq: null });
    expect((await centre.rpc('getLogs', { runId, afterSeq: 2 })).chunks).toHaveLength(1);
  });

  it('carry no more output than a run may have', async () => {
    const agent = await centre.agent();
    const { runId } = await sent(agent);
    await centre.database.query('UPDATE runs SET log_bytes = ? WHERE id = ?', [defaultLogBytes - 2, runId]);
    const reply = await agent.logs(chunk(runId, 'abc'), chunk(runId, 'd'));
    expect(reply.results.map(({ result }) => result)).toEqual(['stored', 'stored']);
    const { chunks } = await centre.rpc('getLogs', { runId });
    expect(chunks.map(({ data, cut }) => [Buffer.from(data, 'base64').toString(), cut])).toEqual([['ab', true]]);
  });

  it('are never answered on a subject that is not the asker’s own', async () => {
    const agent = await centre.agent();
    const { runId } = await sent(agent);
    const foreign = await centre.agent(agent.zoneId);
    await expect(
      agent.bus.request(
        `klevr.v1.fact.${foreign.zoneId}.${foreign.agentId}`,
        'fact',
        { journalId: agent.journalId, lane: 'events', facts: [{ seq: 1, runId }] },
        { inbox: { to: 'centre' }, timeoutMs: 300 },
      ),
    ).rejects.toThrow('no answer');
  });
});
