import { builtInCommands, isBuiltInCommand } from '@klevr/contracts/commands';
import { AppError, faultsOf, type Fault } from '@klevr/contracts/errors';
import { newId, newIdAfter } from '@klevr/contracts/ids';
import { provisionCommand } from '@klevr/contracts/provision';
import type { Step } from '@klevr/contracts/step';
import { batchSizeOf, type TaskTarget } from '@klevr/contracts/target';
import { defaultLogBytes, RetryPolicy, type Execution } from '@klevr/contracts/execution';
import { type CreateTask, type Task } from '@klevr/contracts/task';
import type { AddressPolicy } from '../callbacks/address-policy.js';
import { isBoundLate, type ReasonCode, type TargetKind } from '../runs/run-row.js';

/** What a request becomes: everything that the transaction writes, and the answer. Pure but for new ids. */
export interface NewRun {
  readonly id: string;
  readonly agentId: string | null;
  readonly targetKind: TargetKind;
  /** From 1; 0 without batches. */
  readonly batchNo: number;
  /** What it waits for before it may be sent. */
  readonly wait: { readonly code: ReasonCode; readonly message: string } | null;
}

export interface NewTask {
  readonly task: Task;
  readonly runs: readonly NewRun[];
  readonly callbacks: readonly { readonly id: string; readonly url: string; readonly on: readonly string[]; readonly secret: string }[];
  readonly origin: TaskOrigin;
  /** The answer holds a secret that was made here. */
  readonly showsSecret: boolean;
}

/** Where a task comes from, if not from a user alone. */
export interface TaskOrigin {
  readonly scheduleId?: string;
  /** The due time that it is made for. */
  readonly fireId?: string;
  /** The task whose end it waits for. */
  readonly afterTaskId?: string;
  /** The newest task of the schedule: the ids of these tell their order, whose clock ever they were made by. */
  readonly newestTaskId?: string;
  readonly feedResult?: boolean;
  /** What its first step gets as the result before it. */
  readonly previousResult?: string | null;
  readonly retryOf?: string;
}

/** What a user asks for, or the provisioner, whose tasks are for workers. */
export type TaskRequest = Omit<CreateTask, 'target'> & { readonly target: TaskTarget };

export interface Place {
  readonly zoneId: string;
  readonly zoneName: string;
}

/** Base64 and JSON grow it by a third; beside it the MiB of credential values that a task may have, sealed, fits into the 8 MiB of a NATS message. */
export const largestWorkBytes = 4 * 1024 * 1024;

const stepFaults = (steps: readonly Step[], path: string): Fault[] =>
  steps.flatMap((step, index) => {
    if (!('use' in step)) return [];
    if (step.use === provisionCommand) {
      return [{ path: `${path}.${index}.use`, message: 'is for operations on resources alone, which the provisioner makes' }];
    }
    if (!isBuiltInCommand(step.use)) {
      return [{ path: `${path}.${index}.use`, message: `is no built-in command; there are ${Object.keys(builtInCommands).join(', ')}` }];
    }
    const checked = builtInCommands[step.use].parameters.safeParse(step.with);
    return checked.success ? [] : faultsOf(checked.error, `${path}.${index}.with`);
  });

const sizeFaults = ({ steps, recovery, parameters }: TaskRequest): Fault[] => {
  const bytes = Buffer.byteLength(JSON.stringify([steps, recovery, parameters]));
  if (bytes <= largestWorkBytes) return [];
  return [{ path: 'steps', message: `steps, recovery and parameters together have ${bytes} bytes; ${largestWorkBytes} are possible` }];
};

export const refuseTooLarge = (task: TaskRequest): void => refuse(sizeFaults(task));

const refuse = (faults: readonly Fault[]): void => {
  if (faults.length > 0) throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [...faults] });
};

/** What the schema cannot see. Throws with every fault. */
export const refuseFaulty = (task: CreateTask, addresses: AddressPolicy): void => {
  const faults = [...stepFaults(task.steps, 'steps'), ...stepFaults(task.recovery, 'recovery')];
  faults.push(...sizeFaults(task));
  if (task.execution === 'atMostOnce' && task.resumable) {
    faults.push({ path: 'execution', message: 'must be atLeastOnce for a resumable task: the step that was cut off is begun again' });
  }
  if (task.retryPolicy !== undefined && executionOf(task) !== 'atLeastOnce') {
    faults.push({ path: 'retryPolicy', message: 'is for the execution atLeastOnce only' });
  }
  task.callbacks.forEach(({ url }, index) => {
    const fault = addresses.faultOfUrl(url);
    if (fault !== undefined) faults.push({ path: `callbacks.${index}.url`, message: fault });
  });
  refuse(faults);
};

export const kindOf = (target: TaskTarget): TargetKind => {
  if ('worker' in target) return 'worker';
  if ('agent' in target) return 'agent';
  if ('primary' in target) return 'primary';
  return 'any' in target ? 'any' : 'all';
};

/** `agentIds`: those bound now; none for a target that is bound when it is sent. */
export const newTask = (
  request: TaskRequest,
  place: Place,
  agentIds: readonly string[],
  by: { username: string; now: Date; newSecret: () => string },
  origin: TaskOrigin = {},
): NewTask => {
  const callbacks = request.callbacks.map(({ url, on, secret }) => ({
    id: newId('callback'),
    url,
    on,
    secret: secret ?? by.newSecret(),
    made: secret === undefined,
  }));
  const runs = newRuns(request, agentIds, by.now, origin);
  const task = taskOf(request, place, runs, by, origin);
  return {
    task: { ...task, callbacks: callbacks.map(({ id, url, on, secret, made }) => ({ id, url, on, ...(made ? { secret } : {}) })) },
    runs,
    callbacks,
    origin,
    showsSecret: callbacks.some(({ made }) => made),
  };
};

const newRuns = (request: TaskRequest, agentIds: readonly string[], now: Date, origin: TaskOrigin): NewRun[] => {
  const targetKind = kindOf(request.target);
  const bound: (string | null)[] = isBoundLate(targetKind) ? [null] : [...agentIds];
  const size = batchSize(request.target, bound.length);
  const total = size === null ? 0 : Math.ceil(bound.length / size);
  const first = firstWait(request, now, origin);
  return bound.map((agentId, index) => {
    const batchNo = size === null ? 0 : Math.floor(index / size) + 1;
    const wait = batchNo > 1 ? { code: 'BATCH_WAITS' as const, message: `batch ${batchNo} of ${total} waits for those before it` } : first;
    return { id: newId('run'), agentId, targetKind, batchNo, wait };
  });
};

/** Hosts a batch; null without batches. */
export const batchSize = (target: TaskTarget, hosts: number): number | null => {
  if (!('all' in target) || target.batch === undefined) return null;
  return batchSizeOf(target.batch, hosts);
};

const firstWait = ({ schedule }: TaskRequest, now: Date, { afterTaskId }: TaskOrigin): NewRun['wait'] => {
  if (afterTaskId !== undefined) return { code: 'PREVIOUS_OPEN', message: `waits for the end of ${afterTaskId}` };
  if (schedule === undefined || new Date(schedule.at) <= now) return null;
  return { code: 'SCHEDULED', message: `waits until ${schedule.at}` };
};

const taskOf = (
  request: TaskRequest,
  place: Place,
  runs: readonly NewRun[],
  by: { username: string; now: Date },
  origin: TaskOrigin,
): Omit<Task, 'callbacks'> => {
  const { name, target, steps, recovery, parameters, timeoutSeconds, deadline, priority, resumable, credentials } = request;
  const first = runs[0]?.wait ?? null;
  const since = by.now.toISOString();
  const waiting = runs.filter(({ wait }) => wait !== null).length;
  const batches = runs.at(-1)?.batchNo ?? 0;
  const byStatus = { ...(waiting > 0 ? { scheduled: waiting } : {}), ...(waiting < runs.length ? { queued: runs.length - waiting } : {}) };
  return {
    id: origin.newestTaskId === undefined ? newId('task') : newIdAfter('task', origin.newestTaskId),
    name,
    ...place,
    target,
    steps,
    recovery,
    parameters,
    timeoutSeconds,
    deadline: deadline ?? null,
    execution: executionOf(request),
    retryPolicy: retryPolicyOf(request),
    resumable,
    priority,
    concurrencyKey: request.concurrencyKey ?? null,
    supersedes: request.supersedes ?? null,
    credentials,
    killGraceSeconds: request.killGraceSeconds ?? null,
    maxLogBytes: request.maxLogBytes ?? defaultLogBytes,
    scheduledAt: request.schedule?.at ?? null,
    scheduleId: origin.scheduleId ?? null,
    retryOf: origin.retryOf ?? null,
    batches: batches === 0 ? null : { total: batches, current: 1, state: 'running', nextAt: null, stopReason: null },
    status: waiting === runs.length && first !== null ? 'scheduled' : 'running',
    reason: first === null ? { code: 'NEW', message: 'waits to be sent', since } : { ...first, since },
    runs: { total: runs.length, byStatus },
    createdBy: by.username,
    createdAt: since,
    finishedAt: null,
  };
};

export const executionOf = ({ execution, resumable }: TaskRequest): Execution => execution ?? (resumable ? 'atLeastOnce' : 'atMostOnce');

const retryPolicyOf = (request: TaskRequest): RetryPolicy | null =>
  executionOf(request) === 'atLeastOnce' ? (request.retryPolicy ?? RetryPolicy.parse({})) : null;
