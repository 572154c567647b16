import { AppError } from '@klevr/contracts/errors';
import type { Task } from '@klevr/contracts/task';
import type { EntityManager } from 'typeorm';
import { toldBits } from '../callbacks/moments.js';
import { tell } from '../callbacks/tell.store.js';
import type { HookSecrets } from '../credentials/hook-secrets.js';
import { insertRows, type SqlValue } from '../database/bulk.store.js';
import type { RetryTerms } from '../runs/retry-terms.js';
import { isBoundLate } from '../runs/run-row.js';
import { taskCreatedEvent } from '../runs/run-events.js';
import type { NewTask } from './new-task.js';

/**
 * Writes new tasks with all that belongs to them, and refuses those whose zone or agent is gone. Answers whether a webhook wants to hear of them.
 */
export const insertTasks = async (manager: EntityManager, tasks: readonly NewTask[], secrets: HookSecrets): Promise<boolean> => {
  if (tasks.length === 0) return false;
  await insertRows(manager, { table: 'tasks', columns: taskColumns }, tasks.map(taskRow));
  await insertRows(manager, { table: 'runs', columns: runColumns }, tasks.flatMap(runRows));
  const callbacks = tasks.flatMap(({ task, callbacks: made }) =>
    made.map(({ id, url, on, secret }) => [id, task.id, url, JSON.stringify(on), secrets.seal(secret), new Date(task.createdAt)]),
  );
  await insertRows(manager, { table: 'callbacks', columns: ['id', 'task_id', 'url', 'triggers', 'secret', 'created_at'] }, callbacks);
  const events = tasks.map(({ task, runs }) => {
    const { id, zoneId, name, createdBy, createdAt } = task;
    return taskCreatedEvent({ id, zoneId, name, createdBy, runs: runs.length, status: task.status }, new Date(createdAt));
  });
  const callbacksDue = await tell(manager, events, {}, new Date(Math.max(...tasks.map(({ task }) => Date.parse(task.createdAt)))));
  await refuseGone(manager, tasks);
  return callbacksDue;
};

/**
 * After the runs were written: whoever closes the zone meanwhile waits for them. A fault of one task takes back the whole transaction; the others are
 * then made without it.
 */
const refuseGone = async (manager: EntityManager, tasks: readonly NewTask[]): Promise<void> => {
  const zoneIds = [...new Set(tasks.map(({ task }) => task.zoneId))];
  const agentIds = [...new Set(tasks.flatMap(({ task }) => ('agent' in task.target ? [task.target.agent] : [])))];
  const gone = await manager.query<{ kind: string }[]>(
    `SELECT 'zone' kind FROM zone_dispatch WHERE zone_id IN (?) AND closed_at IS NOT NULL
     UNION ALL SELECT 'agent' kind FROM agent_state WHERE agent_id IN (?) AND status = 'removed'`,
    [zoneIds, agentIds.length === 0 ? [''] : agentIds],
  );
  const [first] = gone;
  if (first === undefined) return;
  if (first.kind === 'agent') {
    const errors = [{ path: 'target.agent', message: 'is no agent of this zone' }];
    throw new AppError('NOT_FOUND', 'There is no such agent in the zone', { errors });
  }
  const errors = [{ path: 'zone', message: 'is being deleted' }];
  throw new AppError('WRONG_STATE', 'The zone is being deleted and takes no new tasks', { errors });
};

const taskColumns = [
  ...['id', 'name', 'zone_id', 'zone_name', 'target', 'steps', 'recovery', 'parameters', 'timeout_seconds', 'deadline_at', 'execution'],
  ...['priority', 'status', 'total_runs', 'open_runs', 'has_callbacks', 'created_by', 'created_at', 'retry_policy', 'resumable'],
  ...['concurrency_key', 'supersedes', 'credentials', 'kill_grace_seconds', 'max_log_bytes', 'scheduled_at', 'schedule_id', 'fire_id'],
  ...['after_task_id', 'feed_result', 'previous_result', 'retry_of', 'batch_total', 'batch_current', 'batch_state'],
  'batch_open',
];

const taskRow = ({ task, runs, callbacks, origin }: NewTask): SqlValue[] => [
  ...[task.id, task.name, task.zoneId, task.zoneName, JSON.stringify(task.target), JSON.stringify(task.steps)],
  ...[JSON.stringify(task.recovery), JSON.stringify(task.parameters), task.timeoutSeconds, dateOrNull(task.deadline), task.execution],
  ...[task.priority, task.status, runs.length, runs.length, callbacks.length > 0, task.createdBy, new Date(task.createdAt)],
  ...[jsonOrNull(task.retryPolicy), task.resumable, task.concurrencyKey, task.supersedes],
  ...[task.credentials.length === 0 ? null : JSON.stringify(task.credentials), task.killGraceSeconds, task.maxLogBytes],
  ...[dateOrNull(task.scheduledAt), task.scheduleId, origin.fireId ?? null, origin.afterTaskId ?? null, origin.feedResult ?? false],
  ...[origin.previousResult ?? null, task.retryOf, task.batches?.total ?? 0, task.batches?.current ?? 0, task.batches?.state ?? null],
  task.batches === null ? null : runs.filter(({ batchNo }) => batchNo === 1).length,
];

const runColumns = [
  ...['id', 'task_id', 'zone_id', 'agent_id', 'target_kind', 'state', 'due', 'priority', 'timeout_seconds', 'deadline_at', 'wake_at'],
  ...['wait_code', 'wait_message', 'wait_since', 'batch_no', 'concurrency_key', 'supersedes', 'execution', 'movable', 'max_log_bytes'],
  'told',
  ...['created_at', 'retry', 'kill_grace_seconds', 'recovers'],
];

const runRows = ({ task, runs, callbacks }: NewTask): SqlValue[][] => {
  const told = toldBits(callbacks.flatMap(({ on }) => on));
  const deadline = dateOrNull(task.deadline);
  const createdAt = new Date(task.createdAt);
  const retry = jsonOrNull(retryTermsOf(task));
  return runs.map(({ id, agentId, targetKind, batchNo, wait }) => [
    ...[id, task.id, task.zoneId, agentId, targetKind, wait === null ? 'queued' : 'scheduled', wait === null, task.priority],
    ...[task.timeoutSeconds, deadline, wait?.code === 'SCHEDULED' ? sooner(deadline, dateOrNull(task.scheduledAt)) : deadline],
    ...[wait?.code ?? null, wait?.message ?? null, wait === null ? null : createdAt, batchNo, task.concurrencyKey, task.supersedes],
    ...[task.execution, task.execution === 'atLeastOnce' && isBoundLate(targetKind), task.maxLogBytes, told, createdAt],
    ...[retry, task.killGraceSeconds, task.recovery.length > 0],
  ]);
};

const retryTermsOf = ({ retryPolicy, resumable, steps }: Task): RetryTerms | null =>
  retryPolicy === null ? null : { ...retryPolicy, resumable, steps: steps.length };

const dateOrNull = (time: string | null): Date | null => (time === null ? null : new Date(time));
const jsonOrNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
const sooner = (a: Date | null, b: Date | null): Date | null => (a === null || b === null ? (a ?? b) : a < b ? a : b);
