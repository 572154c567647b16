import { z } from 'zod';
import { Timestamp, ZoneId } from './ids.js';

/** What the outbox publishes and `GET /events` shows. `id` is the message id, so a repeated publish is dropped by JetStream. */

export const eventTypes = [
  'host.joined',
  'host.online',
  'host.suspect',
  'host.lost',
  'host.left',
  'host.suspended',
  'host.rebooted',
  'host.networkChanged',
  'host.factsChanged',
  'host.approved',
  'host.drained',
  'host.undrained',
  'host.changed',
  'host.removed',
  'host.cloneRefused',
  'host.violation',
  'host.incidentOpened',
  'host.incidentClosed',
  'host.zoneCreated',
  'host.zoneChanged',
  'host.zoneDeleted',
  'primary.appointed',
  'primary.ready',
  'primary.ended',
  'primary.absent',
  'task.created',
  'task.status',
  'run.status',
  'run.step',
  'schedule.created',
  'schedule.changed',
  'schedule.deleted',
  'schedule.fired',
  'schedule.missed',
  'schedule.skipped',
  'resource.created',
  'resource.changed',
  'resource.status',
  'resource.drifted',
  'resource.healed',
  'resource.health',
  'resource.operation',
  'resource.deleted',
] as const;

export const Event = z
  .object({
    id: z.string(),
    time: Timestamp,
    type: z.enum(eventTypes),
    zoneId: ZoneId,
    subjectId: z.string().describe('id of the agent, zone, incident, task, run, schedule or resource it is about'),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });
export type Event = z.infer<typeof Event>;

/** The log stream's message: what the task-manager stored of a run's output. */
export const LogChunk = z.object({
  runId: z.string(),
  attempt: z.number().int(),
  seq: z.number().int(),
  atMs: z.number().int().optional(),
  cut: z.boolean().optional(),
  stream: z.enum(['stdout', 'stderr']),
  step: z.string(),
  data: z.base64(),
});
export type LogChunk = z.infer<typeof LogChunk>;
