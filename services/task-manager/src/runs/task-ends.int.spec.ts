import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { isTerminal, terminalStatuses, type Task } from '@klevr/contracts/task';
import fc from 'fast-check';
import { finished, zoneNameOf, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';
import { worstFirst } from './task-status.js';

/** What becomes of one run: how it ends, or that somebody cancels it first. */
const fate = fc.record({ status: fc.constantFrom(...terminalStatuses), canceled: fc.boolean(), lostFirst: fc.boolean() });
const fates = fc.array(fc.tuple(fate, fate, fate), { minLength: 12, maxLength: 12 });

describe('the status of a task', () => {
  let centre: TaskManagers;
  let agents: FakeAgent[];
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
    const zone = newId('zone');
    agents = await Promise.all([0, 1, 2].map(() => centre.agent(zone)));
    const known = agents.map(({ agentId }) => ({ agentId, status: 'online' as const, since: new Date().toISOString() }));
    centre.resolve = () => ({ zoneId: zone, zoneName: zoneNameOf(zone), maxConcurrentRuns: 1_000, agents: known });
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const taskOf = (id: string): Promise<Task> => centre.rpc('getTask', { id });
  const live = async (ofRuns: readonly (typeof fate extends fc.Arbitrary<infer T> ? T : never)[]): Promise<string> => {
    const retryPolicy = { maxAttempts: 2, delaySeconds: 0 };
    const task = await centre.noop(agents[0]?.zoneId ?? '', { all: '' }, { execution: 'atLeastOnce', retryPolicy });
    const runs = await centre.runs(task.id);
    await Promise.all(
      runs.map(async ({ id: runId, agentId }, index) => {
        const [agent, { status, canceled, lostFirst }] = [
          agents.find((one) => one.agentId === agentId),
          ofRuns[index] ?? { status: 'succeeded' },
        ];
        await agent?.commands(runId);
        let attempt = 1;
        if (lostFirst === true) {
          await agent?.facts({ runId, attempt, ...finished('lost') });
          await agent?.commands(runId, 2);
          attempt = 2;
        }
        if (canceled === true) await centre.rpc('cancelRun', { actor: { userId: 'usr_1', username: 'eve' }, id: runId });
        expect((await taskOf(task.id)).status).toBe('running');
        await agent?.facts({ kind: 'started', runId, attempt }, { runId, attempt, ...finished(status, { exitCode: null }) });
        if (status === 'lost' && canceled !== true && attempt === 1) {
          await agent?.commands(runId, 2);
          await agent?.facts({ runId, attempt: 2, ...finished('lost') });
        }
      }),
    );
    return task.id;
  };

  it('is running while a run is open, and then the worst of their ends, however they come about', async () => {
    for (const taskId of await Promise.all(fc.sample(fates, 1).flat().map(live))) {
      const [task, runs] = [await taskOf(taskId), await centre.runs(taskId)];
      expect(runs.every(({ status }) => isTerminal(status))).toBe(true);
      const counts = Object.fromEntries(worstFirst.map((status) => [status, runs.filter((run) => run.status === status).length]));
      expect(task.status).toBe(worstFirst.find((status) => (counts[status] ?? 0) > 0));
      expect(task.runs).toEqual({ total: 3, byStatus: Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)) });
      expect(task.finishedAt).not.toBeNull();
    }
    const rows = await centre.database.query<object[]>(
      `SELECT id FROM tasks WHERE (open_runs = 0) <> (finished_at IS NOT NULL) OR open_runs < 0`,
    );
    expect(rows).toEqual([]);
  }, 60_000);
});
