import { eventTypes } from '@klevr/contracts/event';
import { AgentId, IncidentId, ResourceId, RunId, ScheduleId, TaskId, ZoneId } from '@klevr/contracts/ids';
import { ZoneRef } from '@klevr/contracts/zone';
import { z } from 'zod';
import { type StoredEvent, gapType } from './stored-event.js';

const topics = ['host', 'primary', 'task', 'run', 'schedule', 'resource'] as const;
const wholeTopics = topics.map((topic) => `${topic}.*`);
const known: ReadonlySet<string> = new Set([...eventTypes, ...wholeTopics]);

/** `host.*,primary.ready`: types by name, or all of a topic. */
const Types = z
  .string()
  .max(2_048)
  .check((context) => {
    for (const type of context.value.split(',').filter((one) => !known.has(one)))
      context.issues.push({
        code: 'custom',
        input: type,
        message: `${JSON.stringify(type.slice(0, 64))} is neither a type of event nor one of ${wholeTopics.join(' ')}`,
      });
  })
  .meta({ examples: ['host.*,primary.ready'] });

const Subject = z.union([AgentId, ZoneId, IncidentId, TaskId, RunId, ScheduleId, ResourceId], {
  error: 'must be the id of an agent, zone, incident, task, run, schedule or resource',
});

/** The sequence that the last event's `id` told. */
export const EventSequence = z.string().regex(/^\d{1,15}$/, 'must be the id of an event of this stream');

export const FollowEvents = z.strictObject({
  zone: ZoneRef.optional().describe('events of this zone only'),
  type: Types.optional().describe('types of events, separated by commas; `host.*` is all of a topic'),
  subject: Subject.optional().describe('events about this agent, zone, incident, task, run, schedule or resource only'),
  lastEventId: EventSequence.optional().describe('as the header Last-Event-ID, which counts where both are given'),
});
export type FollowEvents = z.infer<typeof FollowEvents>;

/** A gap concerns everybody: what is in it nobody knows. It tells places in the events of all zones, as every `id` does, and nothing of what they were. */
export type EventFilter = (event: StoredEvent) => boolean;

export function eventFilter({
  zoneId,
  scope,
  type,
  subject,
}: {
  zoneId?: string | undefined;
  /** The zones that the reader may see; absent for all. */
  scope?: readonly string[] | undefined;
  type?: string | undefined;
  subject?: string | undefined;
}): EventFilter {
  const types = type === undefined ? undefined : new Set(type.split(','));
  const visible = scope === undefined ? undefined : new Set(scope);
  return (event) =>
    event.type === gapType ||
    ((visible === undefined || visible.has(event.zoneId)) &&
      (zoneId === undefined || event.zoneId === zoneId) &&
      (subject === undefined || event.subjectId === subject) &&
      (types === undefined || types.has(event.type) || types.has(`${event.type.split('.', 1)[0] ?? ''}.*`)));
}
