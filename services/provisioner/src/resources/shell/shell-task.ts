import type { RequestInput } from '@klevr/contracts/contract';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Secret } from '@klevr/recipes/secret';
import { isChange, type OperationRow } from '../operation-row.js';
import type { OperationTimes } from '../operation-task.js';
import { isOpen } from '../operation-state.js';
import type { RevisionRow } from '../resource-row.js';
import type { ShellWork, Stage } from './shell-work.js';

type CreateTask = RequestInput<typeof taskManagerRpc.createTask>;

/** The next thing that an operation needs: an apply is planned first, where the recipe has a script for that. */
export const stageOf = ({ action, plan }: Pick<OperationRow, 'action' | 'plan'>, work: ShellWork): Stage => {
  if (action === 'refresh') return 'status';
  return action === 'apply' && plan === null && work.script('plan') !== undefined ? 'plan' : action;
};

/** Whether each agent of the target has its own part of it. Otherwise one agent has it, and `engine` is that agent once it has begun. */
export const isOnMany = ({ spec }: ShellWork): boolean => 'all' in spec.target;

const largestLogBytes = 1_048_576;
/** So long may a script take to leave things in order once it is told to stop. */
const killGraceSeconds = 30;
const canceledSoonMs = 600_000;

export interface ShellTaskParts {
  readonly work: ShellWork;
  readonly stage: Stage;
  readonly script: string;
  readonly revision: RevisionRow;
  readonly deadlineAt: Date | null;
  readonly times: OperationTimes;
  readonly now: Date;
}

/**
 * The task of one stage: the same however often it is asked for. Parameters are in the file of parameters and in variables, and secrets go by their names.
 * What an agent has begun, another one must not begin as well: only where it is clear which agent it is, an attempt that was lost is followed by another.
 */
export const shellTask = (
  operation: OperationRow,
  { work, stage, script, revision, deadlineAt, times, now }: ShellTaskParts,
): CreateTask => {
  const { spec } = work;
  const { id, resourceId, resourceName, zoneId, deleteData, engine } = operation;
  const pinned = !isOnMany(work) && engine !== null;
  const bound = pinned || isOnMany(work) || 'agent' in spec.target;
  const resource = { id: resourceId, name: resourceName, revision: operation.revision };
  const plain = Object.entries(spec.environment).filter(([, value]) => !(value instanceof Secret));
  const used = (as: 'environment' | 'file', given: Readonly<Record<string, unknown>>) =>
    Object.entries(given).flatMap(([variable, value]) => (value instanceof Secret ? [{ name: value.credential, as, variable }] : []));
  return {
    actor: { userId: operation.createdById, username: operation.createdBy },
    idempotency: { scope: 'provisioner operation', key: `${id} ${stage}`, digest: `${id} ${stage}` },
    task: {
      name: `${operation.action} ${resourceName}${stage === operation.action || stage === 'status' ? '' : `: ${stage}`}`,
      zone: zoneId,
      target: pinned ? { agent: engine } : spec.target,
      parameters: { action: operation.action, resource, parameters: revision.parameters, deleteData },
      steps: [
        {
          name: stage,
          run: script,
          ...(spec.interpreter === undefined ? {} : { interpreter: spec.interpreter }),
          env: {
            ...Object.fromEntries(plain.map(([name, value]) => [name, asText(value)])),
            ...{ KLEVR_ACTION: operation.action, KLEVR_RESOURCE: resourceName, KLEVR_RESOURCE_ID: resourceId },
            ...{ KLEVR_REVISION: String(operation.revision), KLEVR_DELETE_DATA: String(deleteData) },
          },
        },
      ],
      credentials: [...used('environment', spec.environment), ...used('file', spec.secretFiles)],
      timeoutSeconds: isChange(operation) && stage !== 'plan' ? times.applySeconds : times.planSeconds,
      ...(deadlineAt === null ? {} : { deadline: deadlineAt.toISOString() }),
      ...(bound ? { execution: 'atLeastOnce', retryPolicy: { maxAttempts: 3, on: ['lost'] } } : {}),
      // One that nobody wants any more is asked for only to find and cancel it.
      ...(isOpen(operation.status) ? {} : { schedule: { at: new Date(now.getTime() + canceledSoonMs).toISOString() } }),
      ...{ killGraceSeconds, maxLogBytes: largestLogBytes },
    },
  };
};

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
