import type { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import type { Reason, RunStatus, TerminalStatus } from '@klevr/contracts/task';
import { currentTraceparent } from '@klevr/messaging/trace';
import type { OutboxMessage } from '@klevr/persistence/outbox';
import type { RunRow } from './run-row.js';
import { statusOf } from './run-state.js';

/** The events that tell of tasks and runs. Ids are new at each call, since each stands for one transaction. */
export interface TaskEnd {
  readonly id: string;
  readonly zoneId: string;
  readonly name: string;
  readonly status: TerminalStatus;
  readonly reason: Reason | null;
  readonly hasCallbacks: boolean;
}

/** A task of which the first runs may be sent now. */
export interface TaskStart extends Omit<TaskEnd, 'status'> {
  readonly status: 'running';
}

const message = (topic: 'task' | 'run', event: Omit<Event, 'id' | 'time'>, at: Date): OutboxMessage => {
  const id = newId('message');
  return {
    id,
    subject: subjects.event.build({ topic, zone: event.zoneId, id: event.subjectId }),
    headers: { traceparent: currentTraceparent() },
    body: { id, time: at.toISOString(), ...event } satisfies Event,
  };
};

/** Why it went back to the queue. */
const waitOf = ({ waitCode, waitMessage, waitSince, wakeAt, createdAt }: RunRow): Reason | null => {
  if (waitCode === null) return null;
  const until = wakeAt === null ? {} : { until: wakeAt.toISOString() };
  return { code: waitCode, message: waitMessage ?? '', since: (waitSince ?? createdAt).toISOString(), ...until };
};

export const runStatusEvent = (row: RunRow, at: Date): OutboxMessage => {
  const { zoneId, taskId, agentId, attempt, epoch, exitCode } = row;
  const data = { taskId, agentId, attempt, epoch, status: statusOf(row.state), reason: row.reason ?? waitOf(row), exitCode };
  return message('run', { type: 'run.status', zoneId, subjectId: row.id, data }, at);
};

export const taskStatusEvent = ({ id, zoneId, name, status, reason }: TaskEnd | TaskStart, at: Date): OutboxMessage =>
  message('task', { type: 'task.status', zoneId, subjectId: id, data: { name, status, reason } }, at);

export const taskCreatedEvent = (
  task: { id: string; zoneId: string; name: string; runs: number; createdBy: string; status: RunStatus },
  at: Date,
): OutboxMessage => {
  const { id, zoneId, name, runs, createdBy, status } = task;
  return message('task', { type: 'task.created', zoneId, subjectId: id, data: { name, runs, createdBy, status } }, at);
};
