import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { TaskManagers, type TaskInput } from '../task-manager.fixture.js';

describe('making many tasks with one request', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(1);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const actor = { userId: 'usr_1', username: 'admin' };
  const inputsFor = (agent: { zoneId: string; agentId: string }, count: number): TaskInput[] =>
    Array.from({ length: count }, (_, index) => ({
      name: `number ${index}`,
      zone: agent.zoneId,
      target: { agent: agent.agentId },
      steps: [{ name: 'only', use: 'Noop' }],
    }));
  const tasksOf = async (zoneId: string): Promise<string[]> =>
    (await centre.rpc('listTasks', { zone: zoneId, limit: 200 })).items.map(({ name }) => name).toReversed();

  it('tells of each in its place, and sends them', async () => {
    const agent = await centre.agent();
    const { items } = await centre.rpc('createTasks', { actor, tasks: inputsFor(agent, 100) });
    expect(items.map(({ name }) => name)).toEqual(Array.from({ length: 100 }, (_, index) => `number ${index}`));
    expect(items[0]).not.toHaveProperty('steps');
    expect(await tasksOf(agent.zoneId)).toHaveLength(100);
    const one = await centre.onlyRun(items[40]?.id ?? '');
    expect(await agent.commands(one.id)).not.toHaveLength(0);
  });

  it('makes none where one has a fault, and names every fault by its task', async () => {
    const agent = await centre.agent();
    const tasks = inputsFor(agent, 4);
    tasks[1] = { ...tasks[1], steps: [{ name: 'x', use: 'NoSuchCommand' }] } as TaskInput;
    tasks[3] = { ...tasks[3], execution: 'atMostOnce', resumable: true } as TaskInput;
    await expect(centre.rpc('createTasks', { actor, tasks })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      errors: [{ path: 'tasks.1.steps.0.use' }, { path: 'tasks.3.execution' }],
    });
    expect(await tasksOf(agent.zoneId)).toEqual([]);
  });

  it('makes each once, however often the request with its key comes', async () => {
    const agent = await centre.agent();
    const idempotency = { key: newId('message'), scope: 'usr_1 POST /tasks/bulk', digest: 'a' };
    const request = { actor, idempotency, tasks: inputsFor(agent, 5) };
    const answers = await Promise.all([1, 2, 3].map(() => centre.rpc('createTasks', request)));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(await tasksOf(agent.zoneId)).toHaveLength(5);
    await expect(centre.rpc('createTasks', { ...request, idempotency: { ...idempotency, digest: 'b' } })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
  });
});
