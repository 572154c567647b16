import type { Delivery, Webhook } from '@klevr/contracts/callback';
import type { CreatedTask } from '@klevr/contracts/bulk';
import type { Credential } from '@klevr/contracts/credential';
import type { ConcurrencyKey } from '@klevr/contracts/governor';
import type { Fire, Schedule } from '@klevr/contracts/schedule';
import type { TargetPreview } from '@klevr/contracts/target';
import type { Run, Task } from '@klevr/contracts/task';

const zoneId = 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const agentId = 'agt_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const taskId = 'task_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const runId = 'run_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const at = '2026-12-01T00:00:00.000Z';

const createTask = {
  name: 'rotate-logs',
  zone: 'seoul-dc1',
  target: { all: 'role=web' },
  steps: [{ name: 'rotate', run: 'logrotate /etc/logrotate.conf', timeoutSeconds: 30, retries: 2 }],
};

const template: Schedule['task'] = {
  ...createTask,
  steps: [{ name: 'rotate', run: 'logrotate /etc/logrotate.conf', timeoutSeconds: 30, retries: 2, env: {} }],
  recovery: [],
  parameters: { days: 7 },
  timeoutSeconds: 3600,
  resumable: false,
  priority: 0,
  credentials: [],
  callbacks: [],
};

export const task: Task = {
  id: taskId,
  name: template.name,
  zoneId,
  zoneName: 'seoul-dc1',
  target: template.target,
  steps: template.steps,
  recovery: [],
  parameters: template.parameters,
  timeoutSeconds: 3600,
  deadline: null,
  execution: 'atMostOnce',
  retryPolicy: null,
  resumable: false,
  priority: 0,
  concurrencyKey: null,
  supersedes: null,
  credentials: [],
  killGraceSeconds: null,
  maxLogBytes: 10_485_760,
  scheduledAt: null,
  scheduleId: null,
  retryOf: null,
  batches: null,
  status: 'queued',
  reason: { code: 'NEW', message: 'is new', since: at },
  runs: { total: 2, byStatus: { queued: 2 } },
  callbacks: [],
  createdBy: 'kim',
  createdAt: at,
  finishedAt: null,
};

const createdTask: CreatedTask = { id: taskId, name: task.name, zoneId, status: 'queued', callbacks: [], createdAt: at };

const run: Run = {
  id: runId,
  taskId,
  zoneId,
  agentId,
  status: 'succeeded',
  reason: null,
  attempt: 1,
  epoch: 1_780_272_000_000_017,
  createdAt: at,
  dispatchedAt: at,
  acceptedAt: at,
  startedAt: at,
  finishedAt: at,
  exitCode: 0,
  output: '42\n',
  batch: null,
  logCut: false,
  attempts: [
    {
      number: 1,
      agentId,
      session: 'ses_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
      epoch: 1_780_272_000_000_017,
      sentAt: at,
      acceptedAt: at,
      startedAt: at,
      finishedAt: at,
      outcome: 'succeeded',
      reason: null,
      firstStep: 0,
    },
  ],
  steps: [
    {
      phase: 'step',
      index: 0,
      name: 'rotate',
      tries: 1,
      outcome: 'succeeded',
      exitCode: 0,
      signal: null,
      output: '42\n',
      startedAt: at,
      finishedAt: at,
      attempt: 1,
    },
  ],
};

const preview: TargetPreview = {
  zoneId,
  zoneName: 'seoul-dc1',
  total: { chosen: 1, others: 1 },
  chosen: [{ agentId, hostname: 'web-01', status: 'online', drained: false, batch: null, waits: null }],
  others: [
    { agentId: 'agt_01JBZ6V1GQ6W3F5J8C2N4R7TA0', hostname: 'db-01', status: 'online', drained: false, why: 'does not match the selector' },
  ],
};

const createSchedule = { name: 'nightly', cron: '30 2 * * *', timeZone: 'Asia/Seoul', task: createTask };
export const schedule: Schedule = {
  id: 'sch_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  name: 'nightly',
  zoneId,
  zoneName: 'seoul-dc1',
  task: template,
  cron: '30 2 * * *',
  at: null,
  timeZone: 'Asia/Seoul',
  start: null,
  until: null,
  misfire: 'runOnce',
  misfireLimit: 10,
  misfireAfterSeconds: 60,
  overlap: 'skip',
  feedResult: false,
  status: 'active',
  nextDueAt: at,
  lastTaskId: taskId,
  revision: 1,
  createdBy: 'kim',
  createdAt: at,
};
const fire: Fire = {
  id: 'fire_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  scheduleId: schedule.id,
  dueAt: at,
  trigger: 'schedule',
  state: 'fired',
  reason: null,
  firedAt: at,
  taskId,
};

const url = 'https://ops.example/hooks/klevr';
const webhook: Webhook = {
  id: 'wh_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  url,
  zoneId: null,
  on: ['failure'],
  events: ['host.lost'],
  description: 'tells the people on call',
  enabled: true,
  revision: 1,
  createdBy: 'kim',
  createdAt: at,
};
const delivery: Delivery = {
  id: 'msg_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  callbackId: null,
  webhookId: webhook.id,
  taskId,
  agentId: null,
  url,
  type: 'task.finished',
  state: 'delivered',
  attempts: 1,
  nextAt: null,
  tries: [{ at, status: 204, error: null, durationMs: 31 }],
  createdAt: at,
  endedAt: at,
};

const credential: Credential = {
  name: 'DB_PASSWORD',
  zoneId,
  description: 'of the reporting user',
  createdBy: 'kim',
  createdAt: at,
  updatedAt: at,
  lastUsedAt: null,
};
const concurrencyKey: ConcurrencyKey = {
  key: 'db-main',
  zoneId,
  capacity: 1,
  holders: [{ runId, taskId }],
  held: 1,
  waiting: 3,
};

/** Examples of tasks and what belongs to them, by the name of their component. */
export const engineExamples: Readonly<Record<string, unknown>> = {
  CreateTask: createTask,
  CreateTasks: { tasks: [createTask, { ...createTask, name: 'rotate-more-logs' }] },
  CreatedTask: createdTask,
  Task: task,
  RetryTask: { onlyFailed: true },
  Run: run,
  PreviewTarget: { zone: 'seoul-dc1', target: { all: 'role=web' } },
  TargetPreview: preview,
  CreateSchedule: createSchedule,
  UpdateSchedule: { cron: '0 3 * * *' },
  Schedule: schedule,
  Fire: fire,
  CreateWebhook: { url, on: ['failure'], events: ['host.lost'], description: webhook.description },
  UpdateWebhook: { enabled: false },
  Webhook: webhook,
  Delivery: delivery,
  CreateCredential: { name: 'DB_PASSWORD', value: 'EXAMPLE', description: credential.description },
  UpdateCredential: { value: 'EXAMPLE' },
  Credential: credential,
  SetConcurrencyKey: { capacity: 2 },
  ConcurrencyKey: concurrencyKey,
};
