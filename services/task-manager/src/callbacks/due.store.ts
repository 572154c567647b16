import type { CallbackFilter } from '@klevr/contracts/callback';
import type { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { jsonValue } from '@klevr/persistence/columns';
import type { EntityManager } from 'typeorm';
import { insertRows, type SqlValue } from '../database/bulk.store.js';
import type { TaskEnd } from '../runs/run-events.js';
import type { LoadedRun } from '../runs/run-row.js';
import { hearsEvent, hearsZone, type Hearer } from '../webhooks/hearer.js';
import { hearersOf } from '../webhooks/hearers.store.js';
import { mayConcernCallbacks, momentsOf, wants, type Moment, type StepEnd } from './moments.js';
import { originOf } from './address-policy.js';
import { findChangedResults } from './result-changes.store.js';
import { agentOfEvent, detailOf, taskOfEvent, type Detail } from './told.js';

/** What is about to become true in the caller's transaction. */
export interface Happened {
  readonly changed?: readonly LoadedRun[];
  readonly steps?: readonly StepEnd[];
  readonly ended?: readonly TaskEnd[];
  readonly events?: readonly Event[];
}

interface Message {
  readonly callbackId: string | null;
  readonly webhookId: string | null;
  readonly url: string;
  readonly lane: string;
  readonly taskId: string | null;
  readonly agentId: string | null;
  readonly type: string;
  readonly onceKey: string | null;
  readonly detail: Detail;
}

interface Callback {
  readonly id: string;
  readonly taskId: string;
  readonly url: string;
  readonly on: readonly CallbackFilter[];
}

/**
 * Makes messages due for the callbacks and webhooks that asked for what happens, in the transaction in which it happens. Answers whether there are any.
 * Promises: what is told is told once a receiver; the messages of one task to one receiver stand in the order of their commits (their lane is locked
 * first, after runs and tasks). Where nobody asked, no statement is made. Does not: wake the sender.
 */
export const makeDue = async (manager: EntityManager, happened: Happened, now: Date): Promise<boolean> => {
  const hearers = await hearersOf(manager, now);
  const { changed = [], steps = [], ended = [], events = [] } = happened;
  const moments = momentsOf(changed, steps, ended).filter(
    (moment) => mayConcernCallbacks(moment) || hearers.some((hearer) => hearer.on.length > 0 && hearsZone(hearer, moment.zoneId)),
  );
  const callbacks = await callbacksOf(manager, [...new Set(moments.filter(mayConcernCallbacks).map(({ taskId }) => taskId))]);
  const hasChanged = await changedResults(manager, moments, hearers, callbacks);
  const endedTasks = new Set(ended.map(({ id }) => id));
  const messages = [
    ...moments.flatMap((moment) => [
      ...callbacks
        .filter(({ taskId, on }) => taskId === moment.taskId && wants(on, moment, hasChanged))
        .map(ofCallback(moment, endedTasks)),
      ...hearers
        .filter((hearer) => hearsZone(hearer, moment.zoneId) && wants(hearer.on, moment, hasChanged))
        .map(ofWebhook(moment, endedTasks)),
    ]),
    ...events.flatMap((event) => hearers.filter((hearer) => hearsEvent(hearer, event)).map(ofEvent(event))),
  ];
  await insertMessages(manager, messages, now);
  return messages.length > 0;
};

const callbacksOf = async (manager: EntityManager, taskIds: readonly string[]): Promise<Callback[]> => {
  if (taskIds.length === 0) return [];
  const rows = await manager.query<(Omit<Callback, 'on'> & { on: unknown })[]>(
    'SELECT id, task_id taskId, url, triggers `on` FROM callbacks WHERE task_id IN (?) ORDER BY id',
    [taskIds],
  );
  return rows.map((row) => ({ ...row, on: jsonValue(row.on) as CallbackFilter[] }));
};

/** Looked up only for tasks of which somebody wants to know it. */
const changedResults = async (
  manager: EntityManager,
  moments: readonly Moment[],
  hearers: readonly Hearer[],
  callbacks: readonly Callback[],
): Promise<(taskId: string) => boolean> => {
  const matters = ({ on }: { on: readonly CallbackFilter[] }): boolean => on.includes('changed-result');
  const tasks = moments.flatMap((moment) => {
    if (moment.type !== 'task.finished') return [];
    const asked =
      callbacks.some((callback) => callback.taskId === moment.taskId && matters(callback)) ||
      hearers.some((hearer) => matters(hearer) && hearsZone(hearer, moment.zoneId));
    return asked ? [moment.task] : [];
  });
  const changed = await findChangedResults(manager, tasks);
  return (taskId) => changed.has(taskId);
};

const ofMoment = (moment: Moment, lane: string, endedTasks: ReadonlySet<string>): Omit<Message, 'callbackId' | 'webhookId' | 'url'> => ({
  lane,
  taskId: moment.taskId,
  agentId: moment.type === 'task.finished' ? null : moment.run.agentId,
  type: moment.type,
  onceKey: moment.type === 'task.started' || moment.type === 'task.finished' ? `${lane}:${moment.type}` : null,
  detail: detailOf(moment, endedTasks),
});

const ofCallback =
  (moment: Moment, endedTasks: ReadonlySet<string>) =>
  ({ id, url }: Callback): Message => ({ callbackId: id, webhookId: null, url, ...ofMoment(moment, id, endedTasks) });

const ofWebhook =
  (moment: Moment, endedTasks: ReadonlySet<string>) =>
  ({ id, url }: Hearer): Message => ({ callbackId: null, webhookId: id, url, ...ofMoment(moment, `${id}:${moment.taskId}`, endedTasks) });

const ofEvent =
  (event: Event) =>
  ({ id, url }: Hearer): Message => {
    const taskId = taskOfEvent(event);
    return {
      ...{ callbackId: null, webhookId: id, url, lane: `${id}:${taskId ?? event.subjectId}`.slice(0, 80), taskId },
      ...{ agentId: agentOfEvent(event), type: event.type, onceKey: `${id}:${event.id}`, detail: { kind: 'event', event } },
    };
  };

const insertMessages = async (manager: EntityManager, messages: readonly Message[], now: Date): Promise<void> => {
  if (messages.length === 0) return;
  const lanes = new Map(messages.map(({ lane, url }) => [lane, originOf(url)]));
  const inOrder = [...lanes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([lane, receiver]): SqlValue[] => [lane, receiver, now]);
  await insertRows(manager, { table: 'delivery_lanes', columns: ['lane', 'receiver', 'next_at'], onDuplicate: 'lane = lane' }, inOrder);
  const columns = [
    'id',
    'callback_id',
    'webhook_id',
    'task_id',
    'agent_id',
    'lane',
    'event_type',
    'state',
    'once_key',
    'detail',
    'created_at',
  ];
  const rows = messages.map((message): SqlValue[] => [
    ...[newId('message'), message.callbackId, message.webhookId, message.taskId, message.agentId, message.lane, message.type, 'due'],
    ...[message.onceKey, JSON.stringify(message.detail), now],
  ]);
  await insertRows(manager, { table: 'callback_deliveries', columns, ignore: true }, rows);
};
