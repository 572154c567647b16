import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { Batch } from '@klevr/contracts/target';
import type { Run, Task } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import { finished, zoneNameOf, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';
import { BatchesService } from './batches.service.js';

jest.setTimeout(60_000);

describe('tasks in batches of hosts', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  interface Rolled {
    readonly agents: FakeAgent[];
    readonly task: Task;
    readonly runs: Run[];
  }

  const roll = async (hosts: number, batch: Partial<Batch> = {}): Promise<Rolled> => {
    const zoneId = newId('zone');
    const agents: FakeAgent[] = [];
    for (let count = 0; count < hosts; count++) agents.push(await centre.agent(zoneId));
    const told = agents.map(({ agentId }) => ({ agentId, status: 'online' as const, since: new Date().toISOString() }));
    centre.resolve = () => ({ zoneId, zoneName: zoneNameOf(zoneId), maxConcurrentRuns: 100, agents: told });
    const task = await centre.noop(zoneId, { all: '', batch: batch.percent === undefined ? { size: 1, ...batch } : batch });
    return { agents, task, runs: await centre.runs(task.id) };
  };
  const get = (task: Task): Promise<Task> => centre.rpc('getTask', { id: task.id });
  const stateOf = (task: Task, state: NonNullable<Task['batches']>['state']): Promise<Task> =>
    eventually(`batches ${state}`, 5_000, async () => {
      const now = await get(task);
      return now.batches?.state === state ? now : undefined;
    });
  const at = <T>(items: readonly T[], index: number): T => {
    const item = items[index];
    if (item === undefined) throw new Error(`there is no ${index}`);
    return item;
  };
  const commandOf = ({ agents, runs }: Rolled, index: number): Promise<unknown> => at(agents, index).commands(at(runs, index).id);
  const succeed = async (rolled: Rolled, index: number): Promise<void> => {
    await commandOf(rolled, index);
    await at(rolled.agents, index).succeed(at(rolled.runs, index).id);
  };
  const fail = async (rolled: Rolled, index: number, status = 'failed'): Promise<void> => {
    await commandOf(rolled, index);
    const reason = { code: 'STEP_FAILED', message: 'exit code 1' };
    await at(rolled.agents, index).facts({ runId: at(rolled.runs, index).id, attempt: 1, ...finished(status, { exitCode: 1, reason }) });
  };
  const statuses = async ({ task }: Rolled): Promise<string[]> => (await centre.runs(task.id)).map(({ status }) => status);

  it('begin a batch when the last run of the one before has ended, and are done with the last', async () => {
    const rolled = await roll(5, { size: 2 });
    expect(rolled.task).toMatchObject({
      batches: { total: 3, current: 1, state: 'running' },
      runs: { byStatus: { queued: 2, scheduled: 3 } },
    });
    expect(at(rolled.runs, 4)).toMatchObject({ batch: 3, reason: { code: 'BATCH_WAITS' } });
    await succeed(rolled, 0);
    await commandOf(rolled, 1);
    expect((await statuses(rolled)).slice(2)).toEqual(['scheduled', 'scheduled', 'scheduled']);
    await succeed(rolled, 1);
    await succeed(rolled, 3);
    expect((await get(rolled.task)).batches).toMatchObject({ current: 2, state: 'running' });
    expect((await statuses(rolled))[4]).toBe('scheduled');
    await succeed(rolled, 2);
    await succeed(rolled, 4);
    const [, second, third] = await centre.runs(rolled.task.id);
    expect(Date.parse(third?.dispatchedAt ?? '') - Date.parse(second?.finishedAt ?? '')).toBeLessThan(500);
    expect(await stateOf(rolled.task, 'done')).toMatchObject({
      status: 'succeeded',
      batches: { current: 3, nextAt: null, stopReason: null },
    });
  });

  it('stop where too many runs have not succeeded; what has not begun is canceled, and says so', async () => {
    const rolled = await roll(4, { stopAfterFailures: 2 });
    await fail(rolled, 0);
    await fail(rolled, 1, 'timed_out');
    const task = await stateOf(rolled.task, 'stopped');
    expect(task).toMatchObject({ status: 'failed', reason: { code: 'RUNS_DIFFER' }, batches: { total: 4, current: 2, nextAt: null } });
    expect(task.batches?.stopReason).toBe('2 of its runs have not succeeded, and it stops after 2');
    expect(await statuses(rolled)).toEqual(['failed', 'timed_out', 'canceled', 'canceled']);
    expect((await centre.runs(task.id))[3]?.reason).toMatchObject({
      code: 'BATCH_STOPPED',
      message: expect.stringContaining('stops after 2'),
    });
    for (const index of [2, 3]) expect(at(rolled.agents, index).received).toEqual([]);
  });

  it('make a pause that is told, kept within some ten milliseconds, and looked at again when it ends', async () => {
    const rolled = await roll(2, { pauseSeconds: 1 });
    await succeed(rolled, 0);
    const pausing = await stateOf(rolled.task, 'pausing');
    const nextAt = Date.parse(pausing.batches?.nextAt ?? '');
    expect(pausing.reason).toMatchObject({ code: 'BATCH_WAITS', until: pausing.batches?.nextAt });
    expect(at(rolled.agents, 1).received).toEqual([]);
    await commandOf(rolled, 1);
    const { dispatchedAt } = at(await centre.runs(rolled.task.id), 1);
    expect(Date.parse(dispatchedAt ?? '') - nextAt).toBeGreaterThanOrEqual(0);
    expect(Date.parse(dispatchedAt ?? '') - nextAt).toBeLessThan(500);
    expect((await get(rolled.task)).batches).toMatchObject({ current: 2, state: 'running', nextAt: null });
  });

  it('stop where a touched host gets lost in the pause', async () => {
    const rolled = await roll(2, { pauseSeconds: 1 });
    await succeed(rolled, 0);
    await stateOf(rolled.task, 'pausing');
    await centre.hostEvent('host.lost', at(rolled.agents, 0), 'no answer');
    const { batches } = await stateOf(rolled.task, 'stopped');
    expect(batches?.stopReason).toContain(`1 of its hosts are lost, and it stops after 1: ${at(rolled.agents, 0).agentId}`);
    expect(await statuses(rolled)).toEqual(['succeeded', 'canceled']);
  });

  it('stop where the load of a touched host has risen too high, and wait for a scheduler that is away', async () => {
    const rolled = await roll(3, { stopAboveCpuLoad: 1 });
    centre.loads.set(at(rolled.agents, 0).agentId, 0.5).set(at(rolled.agents, 1).agentId, 1.5).set(at(rolled.agents, 2).agentId, 9);
    centre.silenceScheduler();
    await succeed(rolled, 0);
    await eventually('no answer of the scheduler', 5_000, async () => {
      const sql = 'SELECT 1 FROM tasks WHERE id = ? AND batch_open = 0 AND batch_next_at > ?';
      return (await centre.database.query<unknown[]>(sql, [rolled.task.id, new Date()])).length > 0 ? true : undefined;
    });
    expect((await get(rolled.task)).batches).toMatchObject({ current: 1, state: 'running', nextAt: null });
    centre.playScheduler();
    await succeed(rolled, 1);
    const { batches } = await stateOf(rolled.task, 'stopped');
    expect(batches?.stopReason).toBe(`the load a processor is above 1 on 1 of its hosts: ${at(rolled.agents, 1).agentId} (1.50)`);
  });

  it('can be canceled in a pause', async () => {
    const rolled = await roll(2, { pauseSeconds: 60 });
    await succeed(rolled, 0);
    await stateOf(rolled.task, 'pausing');
    expect(await centre.cancel(rolled.task.id)).toMatchObject({ status: 'canceled', batches: { state: 'stopped', nextAt: null } });
    expect((await centre.runs(rolled.task.id))[1]?.reason?.code).toBe('CANCELED_BY_USER');
  });

  it('pass by batches of which nothing is left', async () => {
    const rolled = await roll(3);
    await centre.hostEvent('host.removed', at(rolled.agents, 1), 'by tester');
    await eventually('the removal', 5_000, async () => ((await statuses(rolled))[1] === 'canceled' ? true : undefined));
    await centre.database.query(`UPDATE tasks SET target = JSON_SET(target, '$.batch.stopAfterFailures', 9) WHERE id = ?`, [
      rolled.task.id,
    ]);
    await succeed(rolled, 0);
    await succeed(rolled, 2);
    expect(await stateOf(rolled.task, 'done')).toMatchObject({ status: 'canceled', batches: { current: 3 } });
  });

  it('go on where the process that was to decide has died', async () => {
    const rolled = await roll(2);
    await commandOf(rolled, 0);
    const runId = at(rolled.runs, 0).id;
    const ended = `UPDATE tasks t JOIN runs r ON r.task_id = t.id SET r.state = 'succeeded', r.wake_at = NULL, t.open_runs = 1, t.batch_open = 0, t.batch_next_at = ?
      WHERE r.id = ?`;
    // As the transaction left it, without anyone being told.
    await centre.database.query(ended, [new Date(), runId]);
    await commandOf(rolled, 1);
    expect((await get(rolled.task)).batches).toMatchObject({ current: 2, state: 'running' });
  });

  it('decide once, with two replicas at work', async () => {
    const rolled = await roll(30, { percent: 10 });
    for (const agent of rolled.agents) agent.onRun = ({ runId, attempt }) => void agent.succeed(runId, attempt);
    await Promise.all(
      rolled.agents.map(async (agent) => {
        for (const { command } of agent.received) if (command.verb === 'run') await agent.succeed(command.runId);
      }),
    );
    const task = await eventually('the end', 20_000, async () => {
      await Promise.all(centre.replicas.map((app) => app.get(BatchesService).advance()));
      const now = await get(rolled.task);
      return now.finishedAt === null ? undefined : now;
    });
    expect(task).toMatchObject({ status: 'succeeded', batches: { total: 10, current: 10, state: 'done' } });
    const runs = await centre.runs(task.id);
    for (let batch = 2; batch <= 10; batch++) {
      const begun = Math.min(...runs.flatMap((run) => (run.batch === batch ? [Date.parse(run.dispatchedAt ?? '')] : [])));
      const before = Math.max(...runs.flatMap((run) => (run.batch === batch - 1 ? [Date.parse(run.finishedAt ?? '')] : [])));
      expect(begun).toBeGreaterThanOrEqual(before);
    }
    for (const agent of rolled.agents) expect(new Set(agent.received.map(({ command }) => command.runId)).size).toBe(1);
  });
});
