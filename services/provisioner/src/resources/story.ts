import { newId } from '@klevr/contracts/ids';
import type { OutboxMessage } from '@klevr/persistence/outbox';
import { isChange, type OperationCause, type OperationRow } from './operation-row.js';
import { operationEvent, statusEvent } from './resource-events.js';
import type { Reason, ResourceRow } from './resource-row.js';
import { resourceTransitions, type ResourceEvent } from './resource-state.js';

/**
 * What happens to one resource in one transaction: its row, the operations that it touches, and what is to be told. A store loads and saves it; the functions that
 * change it know no database.
 */
export interface Story {
  readonly row: ResourceRow;
  readonly now: Date;
  readonly events: OutboxMessage[];
  /** Operations that are to be written. */
  readonly changed: Set<OperationRow>;
  readonly made: OperationRow[];
  /** Sensitive outputs to be sealed; null: there are none any more; undefined: as they were. */
  secretOutputs: Record<string, unknown> | null | undefined;
  /** Of the desired state that is applied now. */
  appliedRevision: number | undefined;
  /** Whoever holds its state holds it no more. */
  releaseState: boolean;
}

export const storyOf = (row: ResourceRow, now: Date): Story => ({
  ...{ row, now, events: [], changed: new Set<OperationRow>(), made: [], secretOutputs: undefined },
  ...{ appliedRevision: undefined, releaseState: false },
});

/** Where the status allows it; otherwise nothing changes, and nothing is told. */
export const become = (story: Story, event: ResourceEvent, reason: Reason | null): void => {
  const { row, now } = story;
  const before = row.status;
  const after = resourceTransitions[before][event];
  if (after === undefined) return;
  row.status = after;
  row.reason = reason === null ? null : { ...reason, since: now.toISOString() };
  story.events.push(statusEvent(row, before, now));
};

/** Why an operation without a worker waits: there the engine of tasks does not keep the order. */
export const inLine = 'OPERATION_OPEN';

export interface NewOperation {
  readonly action: OperationRow['action'];
  readonly cause: OperationCause;
  readonly revision: number;
  readonly by: { readonly userId: string; readonly username: string };
  readonly planDigest?: string | null;
  readonly deleteData?: boolean;
}

/** Its task is made as soon as this is committed. */
export const addOperation = (story: Story, { action, cause, revision, by, planDigest, deleteData }: NewOperation): OperationRow => {
  const { row, now } = story;
  const operation: OperationRow = {
    ...{ id: newId('operation'), resourceId: row.id, resourceName: row.name, zoneId: row.zoneId, action, cause, status: 'queued' },
    ...{ reason: null, revision, engine: row.engine, planDigest: planDigest ?? null, deleteData: deleteData ?? false },
    ...{ taskId: null, taskDueAt: now, taskTries: 0, runId: null, workerId: null, attempt: 0, seq: -1, plan: null, steps: [] },
    ...{ cancelAt: null, createdBy: by.username, createdById: by.userId, createdAt: now, startedAt: null, finishedAt: null },
  };
  if (isChange(operation)) {
    row.operationId = operation.id;
    row.healAt = null;
  }
  story.made.push(operation);
  story.events.push(operationEvent(operation, now));
  return operation;
};
