import type { Event } from '@klevr/contracts/event';
import { Counter } from 'prom-client';

/** What became of resources, counted where it is stored. */
const operationsEnded = new Counter({
  name: 'klevr_operations_ended_total',
  help: 'Operations on resources that reached their end',
  labelNames: ['action', 'cause', 'status'],
});
const drifts = new Counter({ name: 'klevr_resource_drifts_total', help: 'Drift of resources that was seen, each change of it once' });
const statuses = new Counter({ name: 'klevr_resource_statuses_total', help: 'Statuses that resources came to', labelNames: ['status'] });

const ended: ReadonlySet<unknown> = new Set(['succeeded', 'failed', 'canceled', 'lost']);

export const countEvents = (events: readonly Pick<Event, 'type' | 'data'>[]): void => {
  for (const { type, data } of events) {
    const { action, cause, status } = data;
    if (type === 'resource.drifted') drifts.inc();
    if (type === 'resource.status') statuses.inc({ status: String(status) });
    if (type === 'resource.operation' && ended.has(status))
      operationsEnded.inc({ action: String(action), cause: String(cause), status: String(status) });
  }
};
