import type { Operation } from '@klevr/contracts/resource';
import type { TerminalStatus } from '@klevr/contracts/task';

export type OperationStatus = Operation['status'];

/**
 * The states of an operation, as a table. The first end counts: a worker's result, or the end of the task whose worker never told one.
 * `taskDone`: the task ended well, and yet no result came.
 */
export const operationEvents = [
  'began',
  'succeeded',
  'failed',
  'refused',
  'canceled',
  'taskDone',
  'taskFailed',
  'taskTimedOut',
  'taskCanceled',
  'taskLost',
] as const;
export type OperationEvent = (typeof operationEvents)[number];

type Edges = Partial<Record<OperationEvent, OperationStatus>>;
const ends: Edges = {
  ...{ succeeded: 'succeeded', failed: 'failed', refused: 'failed', canceled: 'canceled' },
  ...{ taskDone: 'lost', taskFailed: 'failed', taskTimedOut: 'failed', taskCanceled: 'canceled', taskLost: 'lost' },
};

export const operationTransitions: Readonly<Record<OperationStatus, Edges>> = {
  queued: { began: 'running', ...ends },
  running: ends,
  succeeded: {},
  failed: {},
  canceled: {},
  lost: {},
};

export const nextOperationStatus = (from: OperationStatus, event: OperationEvent): OperationStatus =>
  operationTransitions[from][event] ?? from;

export const isOpen = (status: OperationStatus): boolean => Object.keys(operationTransitions[status]).length > 0;

const eventOfTask: Record<TerminalStatus, OperationEvent> = {
  succeeded: 'taskDone',
  failed: 'taskFailed',
  recovery_failed: 'taskFailed',
  canceled: 'taskCanceled',
  timed_out: 'taskTimedOut',
  lost: 'taskLost',
};
export const operationEventOf = (task: TerminalStatus): OperationEvent => eventOfTask[task];
