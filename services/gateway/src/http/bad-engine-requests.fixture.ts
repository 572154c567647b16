import { ids } from '../samples.fixture.js';
import { type BadRequest, task, tasks } from './bad-bodies.fixture.js';

const all = (batch: object): object => ({ ...task, target: { all: '', batch } });
const step = (changes: object): object => ({ ...task, steps: [{ name: 'a', run: 'true', ...changes }] });
const schedule = { name: 'x', cron: '* * * * *', task };
const schedules = 'POST /schedules';
const ofSchedule = `/schedules/${ids.schedule}`;
const ofWebhook = `/webhooks/${ids.webhook}`;
const credentials = 'POST /zones/demo/credentials';
const key = 'PUT /zones/demo/concurrency-keys/db-main';
const logs = `GET /runs/${ids.run}/logs`;

const ofTasks: BadRequest[] = [
  {
    name: 'a batch by size and percent',
    send: tasks,
    body: all({ size: 1, percent: 1 }),
    status: 400,
    faults: ['target.batch.size'],
  },
  { name: 'a batch by nothing', send: tasks, body: all({ pauseSeconds: 1 }), status: 400, faults: ['target.batch.size'] },
  {
    name: 'a batch with faults everywhere',
    send: tasks,
    body: all({ percent: 101, stopAfterFailures: 0, stopAboveCpuLoad: 0, x: 1 }),
    status: 400,
    faults: ['target.batch.percent', 'target.batch.stopAfterFailures', 'target.batch.stopAboveCpuLoad', 'target.batch.x'],
  },
  { name: 'no time at all', send: tasks, body: { ...task, timeoutSeconds: 0 }, status: 400, faults: ['timeoutSeconds'] },
  {
    name: 'an interpreter of spaces',
    send: tasks,
    body: step({ interpreter: ' sh' }),
    status: 400,
    faults: ['steps.0.interpreter'],
  },
  {
    name: 'an interpreter as a list',
    send: tasks,
    body: step({ interpreter: ['sh', '-c'] }),
    status: 400,
    faults: ['steps.0', 'steps.0.interpreter'],
  },
  {
    name: 'a relative working directory',
    send: tasks,
    body: step({ workingDirectory: 'tmp' }),
    status: 400,
    faults: ['steps.0.workingDirectory'],
  },
  { name: 'a step that is neither', send: tasks, body: { ...task, steps: [{ name: 'a' }] }, status: 400, faults: ['steps.0'] },
  {
    name: 'a retry policy with faults everywhere',
    send: tasks,
    body: { ...task, retryPolicy: { maxAttempts: 0, delaySeconds: -1, on: ['succeeded'], aloneSeconds: 1, x: 1 } },
    status: 400,
    faults: ['retryPolicy.maxAttempts', 'retryPolicy.delaySeconds', 'retryPolicy.on.0', 'retryPolicy.aloneSeconds', 'retryPolicy.x'],
  },
  {
    name: 'governors and limits that are none',
    send: tasks,
    body: { ...task, concurrencyKey: '', supersedes: '-', killGraceSeconds: -1, maxLogBytes: 1, execution: 'twice', resumable: 1 },
    status: 400,
    faults: ['concurrencyKey', 'supersedes', 'killGraceSeconds', 'maxLogBytes', 'execution', 'resumable'],
  },
  { name: 'a credential with a dash', send: tasks, body: { ...task, credentials: ['A-B'] }, status: 400, faults: ['credentials.0'] },
  {
    name: 'a credential as something else',
    send: tasks,
    body: { ...task, credentials: [{ name: 'A', as: 'argument', variable: '1' }] },
    status: 400,
  },
  {
    name: 'a schedule that recurs in a task',
    send: tasks,
    body: { ...task, schedule: { cron: '* * * * *' } },
    status: 400,
    faults: ['schedule.at', 'schedule.cron'],
  },
  {
    name: 'callbacks for nothing and with a weak secret',
    send: tasks,
    body: {
      ...task,
      callbacks: [
        { url: 'https://example.test', on: [] },
        { url: 'https://example.test', secret: 'secret', on: ['finish'] },
      ],
    },
    status: 400,
    faults: ['callbacks.0.on', 'callbacks.1.on.0', 'callbacks.1.secret'],
  },
  { name: 'a task with a query', send: 'POST /tasks?dryRun=true', body: task, status: 400, faults: ['dryRun'] },
  {
    name: 'every filter of tasks wrong',
    send: 'GET /tasks?zone=A&status=done&schedule=1&agent=h1&colour=red',
    status: 400,
    faults: ['zone', 'status', 'schedule', 'agent', 'colour'],
  },
  {
    name: 'a retry of half',
    send: `POST /tasks/${ids.task}/retry?x=1`,
    body: { onlyFailed: 'yes', y: 1 },
    status: 400,
    faults: ['onlyFailed', 'x', 'y'],
  },
  { name: 'a retry of a run', send: `POST /tasks/${ids.run}/retry`, status: 400, faults: ['id'] },
  {
    name: 'a cancel of no run, with fields',
    send: 'POST /runs/x/cancel?y=1',
    body: { force: true },
    status: 400,
    faults: ['id', 'y', 'force'],
  },
  {
    name: 'a preview of nobody',
    send: 'POST /targets/preview?x=1',
    body: { zone: 'A', target: {}, limit: 1 },
    status: 400,
    faults: ['zone', 'target', 'limit', 'x'],
  },
  { name: 'deliveries in no state', send: `GET /tasks/${ids.task}/deliveries?state=lost&task=1`, status: 400, faults: ['state', 'task'] },
  { name: 'no delivery again', send: `POST /tasks/x/deliveries/y/redeliver?z=1`, status: 400, faults: ['id', 'delivery', 'z'] },
  {
    name: 'every filter of logs wrong',
    send: `${logs}?stream=stdin&step=&attempt=0&timestamps=1&follow=yes&lastEventId=x&z=1`,
    status: 400,
    faults: ['stream', 'step', 'attempt', 'timestamps', 'follow', 'lastEventId', 'z'],
  },
  { name: 'logs followed with timestamps', send: `${logs}?follow=true&timestamps=true`, status: 400, faults: ['timestamps'] },
  { name: 'a place in logs that are not followed', send: `${logs}?lastEventId=3`, status: 400, faults: ['lastEventId'] },
  {
    name: 'a place in logs that is none',
    send: `${logs}?follow=true`,
    headers: { 'last-event-id': 'x' },
    status: 400,
    faults: ['Last-Event-ID'],
  },
];

const ofSchedules: BadRequest[] = [
  { name: 'a schedule without a time', send: schedules, body: { name: 'x', task }, status: 400, faults: ['cron'] },
  {
    name: 'a schedule with two kinds of time',
    send: schedules,
    body: { ...schedule, at: '2030-01-01T00:00:00.000Z' },
    status: 400,
    faults: ['cron'],
  },
  { name: 'a schedule of nothing', send: schedules, body: {}, status: 400, faults: ['name', 'task'] },
  {
    name: 'a schedule with faults everywhere',
    send: `${schedules}?x=1`,
    body: { ...schedule, timeZone: '', misfire: 'later', misfireLimit: 0, overlap: 'both', until: 'never', feedResult: 1, y: 1 },
    status: 400,
    faults: ['timeZone', 'misfire', 'misfireLimit', 'overlap', 'until', 'feedResult', 'x', 'y'],
  },
  {
    name: 'a schedule whose task has faults and a time of its own',
    send: schedules,
    body: { ...schedule, task: { ...task, priority: 101, schedule: { at: '2030-01-01T00:00:00.000Z' } } },
    status: 400,
    faults: ['task.priority', 'task.schedule'],
  },
  { name: 'a change of nothing in a schedule', send: `PATCH ${ofSchedule}`, body: {}, status: 400, faults: [''] },
  {
    name: 'a change to both kinds of time',
    send: `PATCH ${ofSchedule}`,
    body: { cron: '* * * * *', at: '2030-01-01T00:00:00.000Z' },
    status: 400,
    faults: ['cron'],
  },
  { name: 'a schedule paused by a change', send: `PATCH ${ofSchedule}`, body: { paused: true }, status: 400, faults: ['', 'paused'] },
  { name: 'a pause until a time', send: `POST ${ofSchedule}/pause?x=1`, body: { until: 'tomorrow' }, status: 400, faults: ['until', 'x'] },
  { name: 'a trigger of a task', send: `POST /schedules/${ids.task}/trigger`, body: { x: 1 }, status: 400, faults: ['id', 'x'] },
  { name: 'every filter of schedules wrong', send: 'GET /schedules?zone=A&status=gone&x=1', status: 400, faults: ['zone', 'status', 'x'] },
  { name: 'every filter of fires wrong', send: 'GET /schedules/x/fires?state=late&x=1', status: 400, faults: ['id', 'state', 'x'] },
];

const ofTheRest: BadRequest[] = [
  { name: 'a webhook that tells nothing', send: 'POST /webhooks', body: { url: 'https://example.test' }, status: 400, faults: ['events'] },
  {
    name: 'a webhook with faults everywhere',
    send: 'POST /webhooks?x=1',
    body: { url: 'ftp://example.test', zone: 'A', on: ['finish'], events: ['host lost'], secret: 'whsec_x', y: 1 },
    status: 400,
    faults: ['url', 'zone', 'on.0', 'events.0', 'secret', 'x', 'y'],
  },
  { name: 'a change of nothing in a webhook', send: `PATCH ${ofWebhook}`, body: {}, status: 400, faults: [''] },
  {
    name: 'a new secret for a webhook',
    send: `PATCH ${ofWebhook}`,
    body: { secret: 'x', zone: null },
    status: 400,
    faults: ['', 'secret', 'zone'],
  },
  { name: 'every filter of webhooks wrong', send: 'GET /webhooks?zone=A&enabled=true', status: 400, faults: ['zone', 'enabled'] },
  { name: 'a webhook that is a task', send: `GET /webhooks/${ids.task}?x=1`, status: 400, faults: ['id', 'x'] },
  { name: 'deliveries of no webhook', send: 'GET /webhooks/x/deliveries?state=1', status: 400, faults: ['id', 'state'] },
  { name: 'a credential without a value', send: credentials, body: { name: 'A' }, status: 400, faults: ['value'] },
  { name: 'a credential with a bad name', send: credentials, body: { name: '1A', value: 'x' }, status: 400, faults: ['name'] },
  {
    name: 'a credential with faults everywhere',
    send: 'POST /zones/A/credentials?x=1',
    body: { name: 'A-B', value: '', description: 1, y: 1 },
    status: 400,
    faults: ['zone', 'name', 'value', 'description', 'x', 'y'],
  },
  {
    name: 'a credential that is too long',
    send: credentials,
    body: { name: 'A', value: 'x'.repeat(65_537) },
    status: 400,
    faults: ['value'],
  },
  { name: 'a change of nothing in a credential', send: 'PATCH /zones/demo/credentials/A', body: {}, status: 400, faults: [''] },
  {
    name: 'a credential of another name',
    send: 'PATCH /zones/demo/credentials/A-B',
    body: { name: 'B' },
    status: 400,
    faults: ['', 'name'],
  },
  { name: 'reading one credential', send: 'GET /zones/demo/credentials/A', status: 405 },
  { name: 'a key without room', send: key, body: { capacity: 0, x: 1 }, status: 400, faults: ['capacity', 'x'] },
  { name: 'a key of no name', send: 'PUT /zones/demo/concurrency-keys/-', body: { capacity: 1 }, status: 400, faults: ['key'] },
  { name: 'posting a key', send: 'POST /zones/demo/concurrency-keys', body: { key: 'a', capacity: 1 }, status: 405 },
  { name: 'commands for somebody', send: 'POST /commands', body: {}, status: 405 },
];

/** What is wrong with requests to the task engine. */
export const badEngineRequests: readonly BadRequest[] = [...ofTasks, ...ofSchedules, ...ofTheRest];
