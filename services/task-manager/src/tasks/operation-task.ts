import type { RequestOf } from '@klevr/contracts/contract';
import { RetryPolicy } from '@klevr/contracts/execution';
import { provisionCommand } from '@klevr/contracts/provision';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { CreateTask } from '@klevr/contracts/task';
import type { TaskRequest } from './new-task.js';

export type OperationTask = RequestOf<typeof taskManagerRpc.createOperationTask>;

/**
 * An operation on a resource as a task of one step for a worker.
 * Promises: one operation a resource at a time, by its key; an attempt whose worker is gone for good is followed by another, and one that failed is not.
 */
const retryPolicy = RetryPolicy.parse({ maxAttempts: 10, delaySeconds: 1, maxDelaySeconds: 60, on: ['lost'], aloneSeconds: 60 });

/** So long a worker may take to leave an engine in order once it is told to stop. */
const killGraceSeconds = 30;

/** No other task may stand in its way: names that users give have no such prefix in practice, and one that has waits, no more. */
const resourceKey = (resourceId: string): string => `resource:${resourceId}`;

export const requestOf = ({ name, zoneId, target, step, credentials, timeoutSeconds, deadline }: OperationTask): TaskRequest => {
  const { target: _any, ...rest } = CreateTask.parse({
    name,
    zone: zoneId,
    target: { any: '' },
    steps: [{ name: step.action, use: provisionCommand, with: step }],
    timeoutSeconds,
    ...(deadline === null ? {} : { deadline }),
    execution: 'atLeastOnce',
    retryPolicy,
    concurrencyKey: resourceKey(step.resource.id),
    credentials,
    killGraceSeconds,
  });
  return { ...rest, target };
};
