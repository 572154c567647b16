import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Delivery, Webhook } from '@klevr/contracts/callback';
import type { RequestContract } from '@klevr/contracts/contract';
import { Credential } from '@klevr/contracts/credential';
import { ConcurrencyKey } from '@klevr/contracts/governor';
import { Fire, Schedule } from '@klevr/contracts/schedule';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { TargetPreview } from '@klevr/contracts/target';
import { CreateTask, Run, Task } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import type { z } from 'zod';
import { GatewayBed } from './gateway.fixture.js';
import { ids } from './samples.fixture.js';
import { newTask, wholeTask } from './whole-task.fixture.js';

describe('the routes of the task engine', () => {
  let gateway: GatewayBed;

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start();
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  });

  const page = { limit: 50 };
  const actor = { username: 'admin', address: '127.0.0.1' };
  const zone = { zone: 'demo' };
  const task = `/tasks/${ids.task}`;
  const schedule = `/schedules/${ids.schedule}`;
  const ofSchedule = { actor, id: ids.schedule };
  const webhook = `/webhooks/${ids.webhook}`;
  const ofWebhook = { actor, id: ids.webhook };
  const newSchedule = { name: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin', task: newTask };
  const newWebhook = { url: 'https://example.test/hook', zone: 'demo', events: ['host.*'] };
  const tm = taskManagerRpc;
  const sc = schedulerRpc;

  const routes: [call: string, body: object | undefined, status: number, schema: z.ZodType, asks: RequestContract, request: object][] = [
    ['POST /tasks', wholeTask, 201, Task, tm.createTask, { actor, task: CreateTask.parse(wholeTask) }],
    [
      `GET /tasks?zone=demo&status=running&schedule=${ids.schedule}&agent=${ids.agent}&limit=2`,
      undefined,
      200,
      tm.listTasks.reply,
      tm.listTasks,
      { limit: 2, ...zone, status: 'running', schedule: ids.schedule, agent: ids.agent },
    ],
    [`POST ${task}/retry`, undefined, 202, Task, tm.retryTask, { actor, id: ids.task, retry: { onlyFailed: false } }],
    [`POST ${task}/retry`, { onlyFailed: true }, 202, Task, tm.retryTask, { retry: { onlyFailed: true } }],
    [
      `GET ${task}/deliveries?state=failed`,
      undefined,
      200,
      tm.listDeliveries.reply,
      tm.listDeliveries,
      { ...page, taskId: ids.task, state: 'failed' },
    ],
    [
      `POST ${task}/deliveries/${ids.delivery}/redeliver`,
      undefined,
      202,
      Delivery,
      tm.redeliver,
      { actor, id: ids.delivery, taskId: ids.task },
    ],
    [`POST /runs/${ids.run}/cancel`, {}, 202, Run, tm.cancelRun, { actor, id: ids.run }],
    [
      'POST /targets/preview',
      { ...zone, target: { all: 'a=b', batch: { size: 2 } } },
      200,
      TargetPreview,
      sc.previewTarget,
      { ...zone, target: { all: 'a=b', batch: { size: 2 } } },
    ],
    [
      'POST /schedules',
      newSchedule,
      201,
      Schedule,
      sc.createSchedule,
      { actor, schedule: { ...newSchedule, task: { name: 'hello', priority: 0 }, misfire: 'runOnce' } },
    ],
    [
      'POST /schedules',
      { name: 'once', at: '2030-01-01T00:00:00.000Z', task: newTask },
      201,
      Schedule,
      sc.createSchedule,
      { schedule: { name: 'once', timeZone: 'UTC' } },
    ],
    [
      'GET /schedules?zone=demo&status=paused',
      undefined,
      200,
      sc.listSchedules.reply,
      sc.listSchedules,
      { ...page, ...zone, status: 'paused' },
    ],
    [`GET ${schedule}`, undefined, 200, Schedule, sc.getSchedule, { id: ids.schedule }],
    [
      `PATCH ${schedule}`,
      { name: 'new', until: null },
      200,
      Schedule,
      sc.updateSchedule,
      { ...ofSchedule, changes: { name: 'new', until: null } },
    ],
    [`POST ${schedule}/pause`, undefined, 202, Schedule, sc.pauseSchedule, ofSchedule],
    [`POST ${schedule}/resume`, {}, 202, Schedule, sc.resumeSchedule, ofSchedule],
    [`POST ${schedule}/trigger`, undefined, 202, Fire, sc.triggerSchedule, ofSchedule],
    [
      `GET ${schedule}/fires?state=missed&cursor=c`,
      undefined,
      200,
      sc.listFires.reply,
      sc.listFires,
      { ...page, id: ids.schedule, state: 'missed', cursor: 'c' },
    ],
    ['POST /webhooks', newWebhook, 201, Webhook, tm.createWebhook, { actor, webhook: { ...newWebhook, on: [], description: '' } }],
    ['GET /webhooks?zone=demo', undefined, 200, tm.listWebhooks.reply, tm.listWebhooks, { ...page, ...zone }],
    [`GET ${webhook}`, undefined, 200, Webhook, tm.getWebhook, { id: ids.webhook }],
    [`PATCH ${webhook}`, { enabled: false }, 200, Webhook, tm.updateWebhook, { ...ofWebhook, changes: { enabled: false } }],
    [
      `GET ${webhook}/deliveries?state=due`,
      undefined,
      200,
      tm.listDeliveries.reply,
      tm.listDeliveries,
      { ...page, webhookId: ids.webhook, state: 'due' },
    ],
    [
      `POST ${webhook}/deliveries/${ids.delivery}/redeliver`,
      undefined,
      202,
      Delivery,
      tm.redeliver,
      { actor, id: ids.delivery, webhookId: ids.webhook },
    ],
    [
      'POST /zones/demo/credentials',
      { name: 'KEY', value: 's3' },
      201,
      Credential,
      tm.createCredential,
      { actor, ...zone, credential: { name: 'KEY', value: 's3', description: '' } },
    ],
    ['GET /zones/demo/credentials?limit=3', undefined, 200, tm.listCredentials.reply, tm.listCredentials, { limit: 3, ...zone }],
    [
      'PATCH /zones/demo/credentials/KEY',
      { value: 's4' },
      200,
      Credential,
      tm.updateCredential,
      { actor, ...zone, name: 'KEY', changes: { value: 's4' } },
    ],
    ['GET /zones/demo/concurrency-keys', undefined, 200, tm.listConcurrencyKeys.reply, tm.listConcurrencyKeys, { ...page, ...zone }],
    [
      'PUT /zones/demo/concurrency-keys/db-main',
      { capacity: 3 },
      200,
      ConcurrencyKey,
      tm.setConcurrencyKey,
      { actor, ...zone, key: 'db-main', capacity: 3 },
    ],
    ['PUT /zones/demo/concurrency-keys/db%2Fmain:1', { capacity: 3 }, 200, ConcurrencyKey, tm.setConcurrencyKey, { key: 'db/main:1' }],
  ];

  it.each(routes)('%s (%j) answers %i with what its service says', async (...row) => {
    const [route, body, status, schema, asks, request] = row;
    const [method = '', path = ''] = route.split(' ');
    const answer = await gateway.send(method, `/api/v1${path}`, body === undefined ? {} : { body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    schema.parse(answer.json);
    expect(gateway.askedFor(asks)?.request).toMatchObject(request);
  });

  const removals: [path: string, asks: RequestContract, request: object][] = [
    [schedule, sc.deleteSchedule, ofSchedule],
    [webhook, tm.deleteWebhook, ofWebhook],
    ['/zones/demo/credentials/KEY', tm.deleteCredential, { actor, ...zone, name: 'KEY' }],
    ['/zones/demo/concurrency-keys/db-main', tm.deleteConcurrencyKey, { actor, ...zone, key: 'db-main' }],
  ];

  it.each(removals)('answers the removal of %s with 204 and nothing else', async (path, asks, request) => {
    const answer = await gateway.send('DELETE', `/api/v1${path}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(gateway.askedFor(asks)?.request).toMatchObject(request);
  });

  const calls = [...routes.map(([route]) => route), ...removals.map(([path]) => `DELETE ${path}`)];

  it.each(calls)('%s needs a session', async (route) => {
    const [method = '', path = ''] = route.split(' ');
    expect((await gateway.send(method, `/api/v1${path}`, { token: '' })).status).toBe(401);
  });

  it('lists the built-in commands with what they take and put out', async () => {
    const { json, status } = await gateway.send('GET', '/api/v1/commands');
    expect(status).toBe(200);
    const { items } = json as { items: { name: string; description: string; parameters: object; result: object }[] };
    expect(items.find(({ name }) => name === 'Noop')).toMatchObject({ parameters: { type: 'object' }, result: { type: 'null' } });
    for (const { description, parameters, result } of items) {
      expect(description).not.toBe('');
      for (const schema of [parameters, result]) expect(schema).toHaveProperty('$schema');
    }
  });

  it('takes a task of nearly 4 MiB as a whole', async () => {
    const run = `# ${'x'.repeat(1_040_000)}\n`;
    const steps = ['a', 'b', 'c', 'd'].map((name) => ({ name, run }));
    const answer = await gateway.send('POST', '/api/v1/tasks', { body: { ...newTask, steps } });
    expect(answer.status).toBe(201);
    expect(gateway.askedFor(tm.createTask)?.request).toMatchObject({ task: { steps } });
  });

  it('sends the services nothing that does not match their schemas', () => {
    expect(gateway.violations).toEqual([]);
  });
});
