import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { zoneNameOf } from '../fake-agent.fixture.js';
import { TaskManagers, type TaskInput } from '../task-manager.fixture.js';

describe('making tasks', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const key = (changes: object = {}): { key: string; scope: string; digest: string } => ({
    key: newId('message'),
    scope: 'test',
    digest: 'a',
    ...changes,
  });
  const inputFor = (agent: { zoneId: string; agentId: string }, more: Partial<TaskInput> = {}): TaskInput => ({
    name: 'noop',
    zone: agent.zoneId,
    target: { agent: agent.agentId },
    steps: [{ name: 'only', use: 'Noop' }],
    ...more,
  });
  const count = async (table: string): Promise<number> =>
    Number((await centre.database.query<{ n: number | string }[]>(`SELECT COUNT(*) n FROM ${table}`))[0]?.n);

  it('makes one task of requests with one key, however many come at once', async () => {
    const agent = await centre.agent();
    const [before, once] = [await count('tasks'), key()];
    const made = await Promise.all(Array.from({ length: 20 }, () => centre.create(inputFor(agent), once)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(await count('tasks')).toBe(before + 1);
  });

  it('refuses the same key with another request, and spoils no neighbour in the batch', async () => {
    const agent = await centre.agent();
    const once = key();
    await centre.create(inputFor(agent), once);
    const others = Array.from({ length: 10 }, () => centre.create(inputFor(agent)));
    await expect(centre.create(inputFor(agent), { ...once, digest: 'b' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(new Set((await Promise.all(others)).map(({ id }) => id)).size).toBe(10);
  });

  it('shows the secret of a callback once', async () => {
    const agent = await centre.agent();
    const once = key();
    const input = inputFor(agent, { callbacks: [{ url: 'http://127.0.0.1:9/x' }] });
    const task = await centre.create(input, once);
    expect(task.callbacks[0]?.secret).toMatch(/^whsec_/);
    expect((await centre.rpc('getTask', { id: task.id })).callbacks[0]).toEqual({
      id: task.callbacks[0]?.id,
      url: 'http://127.0.0.1:9/x',
      on: ['conclusion'],
    });
    await expect(centre.create(input, once)).rejects.toMatchObject({ code: 'SECRET_SHOWN_ONCE' });
  });

  it('knows the agents that said hello by heart, by the id and by the name of their zone, while the scheduler is away', async () => {
    const agent = await centre.agent();
    centre.resolve = () => {
      throw new AppError('UNAVAILABLE', 'away');
    };
    for (const zone of [agent.zoneId, zoneNameOf(agent.zoneId)]) {
      expect(await centre.noop(zone, { agent: agent.agentId })).toMatchObject({ zoneId: agent.zoneId, zoneName: zoneNameOf(agent.zoneId) });
    }
    await expect(centre.noop(agent.zoneId, { all: '' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(centre.noop(agent.zoneId, { agent: newId('agent') })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('says what there is not', async () => {
    const zoneId = newId('zone');
    centre.resolve = (zone) => {
      if (zone !== zoneId) throw new AppError('NOT_FOUND', 'There is no such zone', { errors: [{ path: 'zone', message: 'is unknown' }] });
      return { zoneId, zoneName: zoneNameOf(zoneId), maxConcurrentRuns: 10, agents: [] };
    };
    await expect(centre.noop('nowhere', { all: '' })).rejects.toMatchObject({ code: 'NOT_FOUND', errors: [{ path: 'zone' }] });
    await expect(centre.noop(zoneId, { all: 'role=web' })).rejects.toMatchObject({ code: 'NO_TARGET' });
    await expect(centre.noop(zoneId, { any: 'role=web' })).rejects.toMatchObject({ code: 'NO_TARGET' });
    await expect(centre.noop(zoneId, { agent: newId('agent') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      errors: [{ path: 'target.agent' }],
    });
    await expect(centre.rpc('getTask', { id: newId('task') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(centre.rpc('listRuns', { taskId: newId('task') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(centre.rpc('getRun', { id: newId('run') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(centre.rpc('getLogs', { runId: newId('run') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('takes text that databases dislike, and sends it as it came', async () => {
    const agent = await centre.agent();
    const script = 'echo "😀 \u0000 \\ \' ü" \ud800';
    const task = await centre.create(
      inputFor(agent, { steps: [{ name: 'ünï', run: script }], parameters: { half: '\udc00', deep: [null, { a: 1.5 }] } }),
    );
    const { id } = await centre.onlyRun(task.id);
    expect((await agent.commands(id))[0]?.command).toMatchObject({
      steps: [{ name: 'ünï', run: script }],
      parameters: { half: '\udc00', deep: [null, { a: 1.5 }] },
    });
    expect((await centre.rpc('getTask', { id: task.id })).steps).toMatchObject([{ run: script }]);
  });

  it('lists tasks newest first, page by page, by zone and status, whatever is made meanwhile', async () => {
    const agent = await centre.agent();
    const made: string[] = [];
    for (let index = 0; index < 5; index++) made.push((await centre.create(inputFor(agent, { name: `task ${index}` }))).id);
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await centre.rpc('listTasks', { zone: agent.zoneId, status: 'running', limit: 2, ...(cursor ? { cursor } : {}) });
      listed.push(...page.items.map(({ id }) => id));
      await centre.create(inputFor(agent, { name: 'made meanwhile' }));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(listed).toEqual(made.toReversed());
    expect((await centre.rpc('listTasks', { zone: agent.zoneId, status: 'succeeded' })).items).toEqual([]);
  });
});
