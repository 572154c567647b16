import type { Delivery, Webhook } from '@klevr/contracts/callback';
import type { ReplyOf, RequestContract, RequestOf } from '@klevr/contracts/contract';
import type { Credential } from '@klevr/contracts/credential';
import type { ConcurrencyKey } from '@klevr/contracts/governor';
import type { Fire, Schedule } from '@klevr/contracts/schedule';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import type { TargetPreview } from '@klevr/contracts/target';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { schedule as scheduleExample } from './openapi.engine-examples.js';
import { ids, incident, run, task } from './samples.fixture.js';

const at = '2026-01-01T00:00:00.000Z';

const preview: TargetPreview = {
  zoneId: ids.zone,
  zoneName: 'demo',
  total: { chosen: 1, others: 1 },
  chosen: [{ agentId: ids.agent, hostname: 'h1', status: 'online', drained: false, batch: null, waits: null }],
  others: [{ agentId: ids.agent, hostname: 'h2', status: 'left', drained: false, why: 'has left' }],
};

export const schedule: Schedule = {
  ...scheduleExample,
  id: ids.schedule,
  zoneId: ids.zone,
  zoneName: 'demo',
  task: {
    ...scheduleExample.task,
    name: 'hello',
    zone: 'demo',
    target: { all: '' },
    steps: [{ name: 'greet', use: 'Noop', with: {}, retries: 0 }],
    parameters: {},
  },
  timeZone: 'UTC',
  nextDueAt: at,
  lastTaskId: null,
  createdBy: 'admin',
  createdAt: at,
};

const fire: Fire = {
  id: ids.fire,
  scheduleId: ids.schedule,
  dueAt: at,
  trigger: 'manual',
  state: 'fired',
  reason: null,
  firedAt: at,
  taskId: ids.task,
};

export const webhook: Webhook = {
  id: ids.webhook,
  url: 'https://example.test/hook',
  zoneId: null,
  on: ['conclusion'],
  events: ['host.lost'],
  description: '',
  enabled: true,
  revision: 1,
  createdBy: 'admin',
  createdAt: at,
};

const delivery: Delivery = {
  id: ids.delivery,
  callbackId: null,
  webhookId: ids.webhook,
  taskId: ids.task,
  agentId: null,
  url: 'https://example.test/hook',
  type: 'task.finished',
  state: 'due',
  attempts: 1,
  nextAt: at,
  tries: [{ at, status: 500, error: null, durationMs: 3 }],
  createdAt: at,
  endedAt: null,
};

const credential: Credential = {
  name: 'DB_PASSWORD',
  zoneId: ids.zone,
  description: '',
  createdBy: 'admin',
  createdAt: at,
  updatedAt: at,
  lastUsedAt: null,
};

const concurrencyKey: ConcurrencyKey = {
  key: 'db-main',
  zoneId: ids.zone,
  capacity: 1,
  holders: [{ runId: ids.run, taskId: ids.task }],
  held: 1,
  waiting: 0,
};

type Answering = readonly [contract: RequestContract, reply: (request: never) => unknown];

const answering = <C extends RequestContract>(contract: C, reply: (request: RequestOf<C>) => ReplyOf<C>): Answering => [contract, reply];
const page = <T>(item: T): { items: T[]; nextCursor: string | null } => ({ items: [item], nextCursor: 'next' });
const { createSchedule, listSchedules, getSchedule, updateSchedule, deleteSchedule } = schedulerRpc;
const { createWebhook, listWebhooks, getWebhook, updateWebhook, deleteWebhook, listDeliveries, redeliver } = taskManagerRpc;
const { createCredential, listCredentials, updateCredential, deleteCredential } = taskManagerRpc;
const { listConcurrencyKeys, setConcurrencyKey, deleteConcurrencyKey } = taskManagerRpc;

/** What the services answer about tasks, schedules, webhooks, credentials and concurrency keys. */
export const engineSamples: readonly Answering[] = [
  answering(schedulerRpc.listIncidents, () => page(incident)),
  answering(schedulerRpc.closeIncident, () => incident),
  answering(schedulerRpc.previewTarget, () => preview),
  answering(createSchedule, ({ schedule: { name } }) => ({ ...schedule, name })),
  answering(listSchedules, () => page(schedule)),
  answering(getSchedule, () => schedule),
  answering(updateSchedule, ({ changes: { name } }) => ({ ...schedule, ...(name === undefined ? {} : { name }), revision: 2 })),
  answering(deleteSchedule, () => ({})),
  answering(schedulerRpc.pauseSchedule, () => ({ ...schedule, status: 'paused' as const, revision: 2 })),
  answering(schedulerRpc.resumeSchedule, () => ({ ...schedule, revision: 3 })),
  answering(schedulerRpc.triggerSchedule, () => fire),
  answering(schedulerRpc.listFires, () => page(fire)),
  answering(taskManagerRpc.getLogs, () => ({ chunks: [], nextSeq: null, finished: true })),
  answering(taskManagerRpc.getTaskKeys, () => ({ keys: [{ kty: 'OKP', kid: 'k1' }] })),
  answering(taskManagerRpc.retryTask, ({ id }) => ({ ...task, retryOf: id })),
  answering(taskManagerRpc.cancelRun, () => run),
  answering(createWebhook, ({ webhook: { url } }) => ({ ...webhook, url, secret: 'whsec_c2hvd24gb25jZSwgbmV2ZXIgYWdhaW4h' })),
  answering(listWebhooks, () => page(webhook)),
  answering(getWebhook, () => webhook),
  answering(updateWebhook, () => ({ ...webhook, revision: 2 })),
  answering(deleteWebhook, () => ({})),
  answering(listDeliveries, () => page(delivery)),
  answering(redeliver, () => delivery),
  answering(createCredential, ({ credential: { name } }) => ({ ...credential, name })),
  answering(listCredentials, () => page(credential)),
  answering(updateCredential, ({ name }) => ({ ...credential, name })),
  answering(deleteCredential, () => ({})),
  answering(listConcurrencyKeys, () => page(concurrencyKey)),
  answering(setConcurrencyKey, ({ key, capacity }) => ({ ...concurrencyKey, key, capacity })),
  answering(deleteConcurrencyKey, () => ({})),
];
