import type { RequestInput } from '@klevr/contracts/contract';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { isChange, type OperationRow } from './operation-row.js';
import type { RevisionRow } from './resource-row.js';

/** How long workers may take, as operators chose. */
export class OperationTimes {
  constructor(
    readonly applySeconds: number,
    readonly planSeconds: number,
  ) {}
}

export interface TaskParts {
  readonly revision: RevisionRow;
  readonly deadlineAt: Date | null;
  readonly times: OperationTimes;
}

/** The task that carries an operation out: the same however often it is asked for. */
export const taskRequest = (
  operation: OperationRow,
  { revision, deadlineAt, times }: TaskParts,
): RequestInput<typeof taskManagerRpc.createOperationTask> => {
  const { name, version, driver, digest } = revision.recipe.pinned;
  return {
    actor: { userId: operation.createdById, username: operation.createdBy },
    name: `${operation.action} ${operation.resourceName}`,
    zoneId: operation.zoneId,
    target: { worker: { driver, engine: operation.engine } },
    step: {
      ...{ operationId: operation.id, action: operation.action, deleteData: operation.deleteData, planDigest: operation.planDigest },
      engine: operation.engine,
      resource: { id: operation.resourceId, name: operation.resourceName, revision: operation.revision },
      recipe: { name, version, driver, digest, bytes: revision.recipe.bytes },
      parameters: revision.parameters,
    },
    credentials: [...revision.credentials],
    timeoutSeconds: isChange(operation) ? times.applySeconds : times.planSeconds,
    deadline: deadlineAt?.toISOString() ?? null,
  };
};
