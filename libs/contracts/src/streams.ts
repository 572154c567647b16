/**
 * The JetStream streams, with the limits that keep them bounded. The services that own them create or update them at start, idempotently.
 * The bucket `primaries` is not here: the scheduler makes it, because its first revision must lie above every epoch ever given.
 */
import { primariesStream, primaryKeySubject, subjects } from './subjects.js';

export interface StreamPlan {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly maxAgeSeconds: number;
  readonly maxBytes: number;
  readonly maxMessageBytes: number;
  readonly duplicateWindowSeconds: number;
}

export const streams = {
  events: {
    name: 'EVENTS',
    subjects: [subjects.event.wildcard()],
    maxAgeSeconds: 7 * 86_400,
    maxBytes: 512 * 1024 * 1024,
    maxMessageBytes: 1024 * 1024,
    duplicateWindowSeconds: 600,
  },
  logs: {
    name: 'LOGS',
    subjects: [subjects.log.wildcard()],
    maxAgeSeconds: 86_400,
    maxBytes: 512 * 1024 * 1024,
    maxMessageBytes: 1024 * 1024,
    duplicateWindowSeconds: 120,
  },
} as const satisfies Record<string, StreamPlan>;

/** How long events are kept where nobody says otherwise. Its bytes bound the stream besides. */
export const eventsDays = { usual: 7, most: 365 } as const;

export const eventsKeptFor = (days: number): StreamPlan => ({ ...streams.events, maxAgeSeconds: Math.ceil(days * 86_400) });

export const primariesBucketPlan = {
  stream: primariesStream,
  subject: primaryKeySubject.wildcard(),
  republishTo: subjects.primary.pattern.replace('{zone}', '{{wildcard(1)}}'),
  maxBytes: 64 * 1024 * 1024,
  maxValueBytes: 4096,
} as const;
