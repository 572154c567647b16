import type { Operation, OperationAction, OperationStep, Plan } from '@klevr/contracts/resource';
import type { OperationStatus } from './operation-state.js';
import type { Reason } from './resource-row.js';

export type OperationCause = Operation['cause'];

/** An operation as it is stored. */
export interface OperationRow {
  readonly id: string;
  readonly resourceId: string;
  readonly resourceName: string;
  readonly zoneId: string;
  readonly action: OperationAction;
  readonly cause: OperationCause;
  status: OperationStatus;
  reason: Reason | null;
  readonly revision: number;
  /** The engine that its task is for; any if null. */
  readonly engine: string | null;
  /** Of the plan that a person agreed to. */
  readonly planDigest: string | null;
  readonly deleteData: boolean;
  taskId: string | null;
  /** When its task is to be made, or to be made sure of. */
  taskDueAt: Date | null;
  taskTries: number;
  runId: string | null;
  workerId: string | null;
  attempt: number;
  /** Of the progress told last within the attempt. */
  seq: number;
  plan: Plan | null;
  steps: readonly OperationStep[];
  cancelAt: Date | null;
  readonly createdBy: string;
  readonly createdById: string;
  readonly createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** These change the world; there is one of them at a time. */
export const isChange = ({ action }: Pick<OperationRow, 'action'>): boolean => action === 'apply' || action === 'destroy';

/** As the world sees it. */
export const operationOf = (row: OperationRow): Operation => ({
  ...{ id: row.id, resourceId: row.resourceId, resourceName: row.resourceName, zoneId: row.zoneId, action: row.action, cause: row.cause },
  ...{ status: row.status, reason: row.reason, revision: row.revision, taskId: row.taskId, runId: row.runId, workerId: row.workerId },
  ...{ plan: row.plan, steps: [...row.steps], deleteData: row.deleteData, createdBy: row.createdBy },
  ...{ createdAt: row.createdAt.toISOString(), startedAt: row.startedAt?.toISOString() ?? null },
  finishedAt: row.finishedAt?.toISOString() ?? null,
});
