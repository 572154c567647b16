import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TaskManagers } from './task-manager.fixture.js';

describe('a task for one agent', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open();
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  it('is sent by way of the primary, and ends as the agent says', async () => {
    const agent = await centre.agent();
    const epoch = await centre.appoint(agent);
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId });
    expect(task).toMatchObject({ status: 'running', runs: { total: 1, byStatus: { queued: 1 } }, createdBy: 'tester' });
    const { id: runId } = await centre.onlyRun(task.id);
    const [received] = await agent.commands(runId);
    expect(received).toMatchObject({
      way: 'primary',
      command: { verb: 'run', runId, attempt: 1, epoch, session: agent.session, taskId: task.id, steps: [{ use: 'Noop' }] },
    });
    expect(await agent.succeed(runId)).toEqual({ results: [1, 2, 3, 4].map((seq) => ({ seq, result: 'stored' })) });
    const run = await centre.onlyRun(task.id);
    expect(run).toMatchObject({ status: 'succeeded', exitCode: 0, epoch, attempts: [{ number: 1, outcome: 'succeeded' }] });
    expect(run.steps).toMatchObject([{ name: 'only', outcome: 'succeeded' }]);
    expect(await centre.rpc('getTask', { id: task.id })).toMatchObject({ status: 'succeeded', runs: { byStatus: { succeeded: 1 } } });
  });
});
