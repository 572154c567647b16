import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Task } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import type { FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers, type TaskInput } from '../task-manager.fixture.js';

/** A sweep each second would find the three times below together, 660 ms apart: one of them would be later than this. */
const lateMs = 640;

describe('times', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  const scheduled = (agent: FakeAgent, ms: number, more: Partial<TaskInput> = {}): Promise<Task> =>
    centre.noop(agent.zoneId, { agent: agent.agentId }, { schedule: { at: at(ms) }, ...more });
  it('of tasks are kept: one waits until then, and goes out at once', async () => {
    const agent = await centre.agent();
    const arrived = new Map<string, number>();
    agent.onRun = ({ taskId }) => arrived.set(taskId, Date.now());
    const tasks = await Promise.all([330, 660, 990].map((ms) => scheduled(agent, ms)));
    for (const task of tasks) {
      expect(task).toMatchObject({ status: 'scheduled', reason: { code: 'SCHEDULED' }, runs: { byStatus: { scheduled: 1 } } });
      await eventually('the command', 5_000, () => arrived.get(task.id));
      const late = (arrived.get(task.id) ?? 0) - Date.parse(task.scheduledAt ?? '');
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(lateMs);
      expect((await centre.rpc('getTask', { id: task.id })).status).toBe('running');
    }
  });

  it('do not come for a task that was canceled before', async () => {
    const agent = await centre.agent();
    const [canceled, other] = [await scheduled(agent, 60_000), await scheduled(agent, 700)];
    const read = await centre.rpc('getTask', { id: canceled.id });
    expect(read).toMatchObject({ status: 'scheduled', reason: { code: 'SCHEDULED', until: canceled.scheduledAt } });
    await centre.database.query('UPDATE runs SET wake_at = ? WHERE task_id = ?', [new Date(Date.now() + 600), canceled.id]);
    expect(await centre.cancel(canceled.id)).toMatchObject({ status: 'canceled', reason: { code: 'CANCELED_BY_USER' } });
    const { id } = await centre.onlyRun(other.id);
    await agent.commands(id);
    expect(agent.received.map(({ command }) => command.runId)).toEqual([id]);
  });

  it('that lie behind the deadline are never reached', async () => {
    const agent = await centre.agent();
    const task = await scheduled(agent, 60_000, { deadline: at(300) });
    expect(await centre.runWithStatus(task.id, 'timed_out')).toMatchObject({
      reason: { code: 'DEADLINE_PASSED', message: 'its deadline passed before it started' },
      attempts: [],
    });
    expect((await centre.rpc('getTask', { id: task.id })).status).toBe('timed_out');
  });

  it('are kept however much else was sent and is not accepted', async () => {
    const agent = await centre.agent();
    // Of a zone that nobody claims for.
    await centre.database.query(
      `INSERT INTO runs (id, task_id, zone_id, target_kind, state, due, priority, attempt, created_at, wake_at)
       SELECT CONCAT('run_unaccepted_', seq), 'task_none', 'zone_none', 'agent', 'dispatched', 0, 0, 1, ?, ? FROM seq_1_to_600`,
      [new Date(0), new Date(0)],
    );
    const task = await scheduled(agent, 100);
    expect(await agent.commands((await centre.onlyRun(task.id)).id)).toHaveLength(1);
    await centre.database.query(`DELETE FROM runs WHERE zone_id = 'zone_none'`);
  });

  it('that have passed already are now', async () => {
    const agent = await centre.agent();
    const task = await scheduled(agent, -1_000);
    expect(task.status).toBe('running');
    await agent.commands((await centre.onlyRun(task.id)).id);
  });

  it('leave a task scheduled while only one of its runs was canceled, and begin it with the first', async () => {
    const zone = (await centre.agent()).zoneId;
    const agents = [await centre.agent(zone), await centre.agent(zone)];
    const known = agents.map(({ agentId }) => ({ agentId, status: 'online' as const, since: at(0) }));
    centre.resolve = () => ({ zoneId: zone, zoneName: 'z', maxConcurrentRuns: 100, agents: known });
    const task = await centre.noop(zone, { all: '' }, { schedule: { at: at(1_000) } });
    const [first, second] = await centre.runs(task.id);
    const actor = { userId: 'usr_1', username: 'eve' };
    expect(await centre.rpc('cancelRun', { actor, id: first?.id ?? '' })).toMatchObject({ status: 'canceled' });
    expect((await centre.rpc('getTask', { id: task.id })).status).toBe('scheduled');
    await centre.run(task.id, 'canceled', ({ status }) => status === 'canceled');
    await eventually('its beginning', 5_000, async () =>
      (await centre.rpc('getTask', { id: task.id })).status === 'running' ? true : undefined,
    );
    const agent = agents.find(({ agentId }) => agentId === second?.agentId);
    await agent?.succeed(second?.id ?? '');
    expect(await centre.rpc('getTask', { id: task.id })).toMatchObject({ status: 'canceled', reason: { code: 'RUNS_DIFFER' } });
  });

  it('need not be there: work without a limit is never given up for its length', async () => {
    const agent = await centre.agent();
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId }, { timeoutSeconds: null });
    const { id: runId } = await centre.onlyRun(task.id);
    expect((await agent.commands(runId))[0]?.command).toMatchObject({ timeoutSeconds: null, deadlineMs: null });
    await agent.facts({ kind: 'started', runId, attempt: 1 });
    const rows = await centre.database.query<object[]>('SELECT limit_at limitAt, wake_at wakeAt FROM runs WHERE id = ?', [runId]);
    expect(rows).toEqual([{ limitAt: null, wakeAt: null }]);
  });

  it('end what has a deadline and whose agent says nothing, also without a time-out', async () => {
    const agent = await centre.agent();
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId }, { timeoutSeconds: null, deadline: at(500) });
    const { id: runId } = await centre.onlyRun(task.id);
    await agent.commands(runId);
    await agent.facts({ kind: 'started', runId, attempt: 1 });
    const long = new Date(Date.now() - 60_000);
    await centre.database.query('UPDATE runs SET deadline_at = ?, limit_at = ?, wake_at = ? WHERE id = ?', [long, long, long, runId]);
    expect(await centre.runWithStatus(task.id, 'timed_out')).toMatchObject({ reason: { code: 'DEADLINE_PASSED' } });
  });
});
