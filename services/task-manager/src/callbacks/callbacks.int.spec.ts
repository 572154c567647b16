import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@klevr/testing/eventually';
import { Webhook } from 'standardwebhooks';
import { finished, type FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';
import { AddressPolicy } from './address-policy.js';
import { Receiver, status } from './receiver.fixture.js';
import { WebhookClient } from './webhook.client.js';

describe('callbacks', () => {
  let centre: TaskManagers;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await Receiver.start();
    centre = await TaskManagers.open(2);
  }, 60_000);
  afterAll(async () => {
    await centre.close();
    receiver.stop();
  }, 30_000);

  const withCallback = async (
    agent: FakeAgent,
    path: string,
    more: object = {},
  ): Promise<{ taskId: string; runId: string; secret: string }> => {
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId }, { callbacks: [{ url: `${receiver.origin}${path}`, ...more }] });
    const { id } = await centre.onlyRun(task.id);
    await agent.commands(id);
    return { taskId: task.id, runId: id, secret: task.callbacks[0]?.secret ?? '' };
  };
  const delivery = (taskId: string, state: string): Promise<{ attempts: number; last_status: number | null }> =>
    eventually(`a delivery that is ${state}`, 15_000, async () => {
      const sql = 'SELECT attempts, last_status FROM callback_deliveries WHERE task_id = ? AND state = ?';
      return (await centre.database.query<{ attempts: number; last_status: number | null }[]>(sql, [taskId, state]))[0];
    });

  it('tell the end of a task with its runs, signed, once', async () => {
    const agent = await centre.agent();
    const { taskId, runId, secret } = await withCallback(agent, '/once');
    await agent.succeed(runId);
    const [post] = await receiver.on('/once', 1);
    if (post === undefined) throw new Error('nothing was posted');
    const body = new Webhook(secret).verify(post.text, post.headers as Record<string, string>);
    expect(body).toMatchObject({
      type: 'task.finished',
      data: { task: { id: taskId, status: 'succeeded' }, runs: [{ id: runId, status: 'succeeded' }] },
    });
    expect(post.text).not.toContain(secret);
    expect(await delivery(taskId, 'delivered')).toMatchObject({ attempts: 1, last_status: 204 });
    expect(receiver.at('/once')).toHaveLength(1);
  });

  it('end as failed where the receiver says that it is gone', async () => {
    receiver.answers.set('/gone', [status(410)]);
    const agent = await centre.agent();
    const { runId, taskId } = await withCallback(agent, '/gone');
    await agent.succeed(runId);
    expect(await delivery(taskId, 'failed')).toMatchObject({ attempts: 1, last_status: 410 });
  });

  it('wait as long as the receiver asks', async () => {
    receiver.answers.set('/slowly', [status(429, { 'retry-after': '120' })]);
    const agent = await centre.agent();
    const { runId, taskId } = await withCallback(agent, '/slowly');
    const endedAt = Date.now();
    await agent.succeed(runId);
    const nextAt = await eventually('the next try', 10_000, async () => {
      const sql = "SELECT next_at FROM callback_deliveries WHERE task_id = ? AND state = 'due' AND last_status = 429";
      return (await centre.database.query<{ next_at: Date }[]>(sql, [taskId]))[0]?.next_at;
    });
    expect(nextAt.getTime() - endedAt).toBeGreaterThanOrEqual(119_000);
  });

  it('are made only for the ends that were asked for', async () => {
    const agent = await centre.agent();
    const wanted = await withCallback(agent, '/failures', { on: ['failure'] });
    const unwanted = await withCallback(agent, '/successes', { on: ['success'] });
    for (const { runId } of [unwanted, wanted]) await agent.facts({ runId, attempt: 1, ...finished('failed') });
    await delivery(wanted.taskId, 'delivered');
    const rows = await centre.database.query<unknown[]>('SELECT 1 FROM callback_deliveries WHERE task_id = ?', [unwanted.taskId]);
    expect(rows).toEqual([]);
  });

  it('never connect to a private address that a name leads to, where that is not allowed', async () => {
    const client = new WebhookClient(new AddressPolicy(false), centre.secrets);
    const url = `${receiver.origin.replace('127.0.0.1', 'localhost')}/inside`;
    const answer = await client.post({
      id: 'msg_1',
      url,
      secret: `whsec_${Buffer.alloc(32).toString('base64')}`,
      body: '{}',
      at: new Date(),
    });
    expect(answer).toMatchObject({ status: null, hopeless: true, error: expect.stringContaining('private') });
    expect(receiver.at('/inside')).toEqual([]);
    await client.close();
  });
});
