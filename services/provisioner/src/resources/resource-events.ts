import type { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import { currentTraceparent } from '@klevr/messaging/trace';
import type { OutboxMessage } from '@klevr/persistence/outbox';
import type { OperationRow } from './operation-row.js';
import type { ResourceRow } from './resource-row.js';

type ResourceEventType = Extract<Event['type'], `resource.${string}`>;
type Subject = Pick<ResourceRow, 'id' | 'zoneId' | 'name'>;

/** An event about a resource. Ids are new at each call, since each stands for one transaction. */
export const resourceEvent = (type: ResourceEventType, row: Subject, data: Record<string, unknown>, at: Date): OutboxMessage => {
  const id = newId('message');
  const event: Event = { id, time: at.toISOString(), type, zoneId: row.zoneId, subjectId: row.id, data: { name: row.name, ...data } };
  return {
    id,
    subject: subjects.event.build({ topic: 'resource', zone: row.zoneId, id: row.id }),
    headers: { traceparent: currentTraceparent() },
    body: event,
  };
};

export const statusEvent = (row: ResourceRow, before: string, at: Date): OutboxMessage =>
  resourceEvent('resource.status', row, { status: row.status, before, reason: row.reason }, at);

export const operationEvent = (operation: OperationRow, at: Date): OutboxMessage => {
  const { id, action, cause, status, reason, revision, taskId, workerId } = operation;
  const row = { id: operation.resourceId, zoneId: operation.zoneId, name: operation.resourceName };
  return resourceEvent('resource.operation', row, { operationId: id, action, cause, status, reason, revision, taskId, workerId }, at);
};

const mostPartsTold = 20;

export const driftedEvent = (row: ResourceRow, at: Date): OutboxMessage => {
  const changes = row.drift?.changes ?? [];
  const parts = changes.slice(0, mostPartsTold).map(({ part, action, reason }) => ({ part, action, reason: reason ?? null }));
  return resourceEvent('resource.drifted', row, { since: row.drift?.since ?? null, changes: changes.length, parts }, at);
};
