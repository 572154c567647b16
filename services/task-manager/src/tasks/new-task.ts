import { builtInCommands, isBuiltInCommand } from '@klevr/contracts/commands';
import { AppError, faultsOf, type Fault } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { CreateTask, Step, Target, Task } from '@klevr/contracts/task';
import type { AddressPolicy } from '../callbacks/address-policy.js';
import type { TargetKind } from '../runs/run-row.js';

/** What a request becomes: everything that the transaction writes, and the answer. Pure but for new ids. */
export interface NewTask {
  readonly task: Task;
  readonly runs: readonly { readonly id: string; readonly agentId: string | null; readonly targetKind: TargetKind }[];
  readonly callbacks: readonly { readonly id: string; readonly url: string; readonly on: readonly string[]; readonly secret: string }[];
  /** The answer holds a secret that was made here. */
  readonly showsSecret: boolean;
}

export interface Place {
  readonly zoneId: string;
  readonly zoneName: string;
}

/** Base64 and JSON grow it by a third, and a NATS message holds 1 MiB. */
export const largestWorkBytes = 640 * 1024;

const stepFaults = (steps: readonly Step[], path: string): Fault[] =>
  steps.flatMap((step, index) => {
    if (!('use' in step)) return [];
    if (!isBuiltInCommand(step.use)) {
      return [{ path: `${path}.${index}.use`, message: `is no built-in command; there are ${Object.keys(builtInCommands).join(', ')}` }];
    }
    const checked = builtInCommands[step.use].parameters.safeParse(step.with);
    return checked.success ? [] : faultsOf(checked.error, `${path}.${index}.with`);
  });

/** What the schema cannot see. Throws with every fault. */
export const refuseFaulty = (task: CreateTask, addresses: AddressPolicy): void => {
  const faults = [...stepFaults(task.steps, 'steps'), ...stepFaults(task.recovery, 'recovery')];
  const bytes = Buffer.byteLength(JSON.stringify([task.steps, task.recovery, task.parameters]));
  if (bytes > largestWorkBytes) {
    faults.push({
      path: 'steps',
      message: `steps, recovery and parameters together have ${bytes} bytes; ${largestWorkBytes} are possible`,
    });
  }
  task.callbacks.forEach(({ url }, index) => {
    const fault = addresses.faultOfUrl(url);
    if (fault !== undefined) faults.push({ path: `callbacks.${index}.url`, message: fault });
  });
  if (faults.length > 0) throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: faults });
};

export const kindOf = (target: Target): TargetKind => {
  if ('agent' in target) return 'agent';
  if ('primary' in target) return 'primary';
  return 'any' in target ? 'any' : 'all';
};

/** `agentIds`: those bound now; none for a target that is bound when it is sent. */
export const newTask = (
  request: CreateTask,
  place: Place,
  agentIds: readonly string[],
  by: { username: string; now: Date; newSecret: () => string },
): NewTask => {
  const targetKind = kindOf(request.target);
  const bound: (string | null)[] = targetKind === 'any' || targetKind === 'primary' ? [null] : [...agentIds];
  const callbacks = request.callbacks.map(({ url, on, secret }) => ({
    id: newId('callback'),
    url,
    on,
    secret: secret ?? by.newSecret(),
    made: secret === undefined,
  }));
  const { name, target, steps, recovery, parameters, timeoutSeconds, deadline, execution, priority } = request;
  return {
    task: {
      id: newId('task'),
      name,
      ...place,
      target,
      steps,
      recovery,
      parameters,
      timeoutSeconds,
      deadline: deadline ?? null,
      execution,
      priority,
      status: 'running',
      reason: { code: 'NEW', message: 'waits to be sent', since: by.now.toISOString() },
      runs: { total: bound.length, byStatus: { queued: bound.length } },
      callbacks: callbacks.map(({ url, on, secret, made }) => ({ url, on, ...(made ? { secret } : {}) })),
      createdBy: by.username,
      createdAt: by.now.toISOString(),
      finishedAt: null,
    },
    runs: bound.map((agentId) => ({ id: newId('run'), agentId, targetKind })),
    callbacks,
    showsSecret: callbacks.some(({ made }) => made),
  };
};
