import { Event } from '@klevr/contracts/event';
import { Timestamp } from '@klevr/contracts/ids';
import { RunStatus } from '@klevr/contracts/task';
import { z } from 'zod';

/** What streams of server-sent events consist of, which OpenAPI has no words for: `data` of each message, as JSON. */
const EventGap = z
  .object({
    from: z.number().int(),
    to: z.number().int(),
    reason: z.enum(['expired', 'replaced']).describe('they are no longer kept, or the stream they were in is no more'),
  })
  .meta({ id: 'EventGap', examples: [{ from: 17, to: 41, reason: 'expired' }] });

const StreamEnd = z
  .object({
    reason: z.enum(['finished', 'removed', 'tooSlow', 'sessionEnded', 'stopping']),
    detail: z.string(),
    status: RunStatus.optional().describe('of a run that has finished'),
  })
  .meta({ id: 'StreamEnd', examples: [{ reason: 'stopping', detail: 'This server stops; resume with Last-Event-ID' }] });

const OutputChunk = z
  .object({
    seq: z.number().int(),
    attempt: z.number().int(),
    step: z.string(),
    stream: z.enum(['stdout', 'stderr']),
    at: Timestamp.nullable(),
    text: z.string().optional().describe('where the piece is UTF-8 by itself'),
    base64: z.string().optional().describe('where it is not'),
    cut: z.boolean().describe('what came after it was dropped'),
  })
  .meta({
    id: 'OutputChunk',
    examples: [{ seq: 3, attempt: 1, step: 'greet', stream: 'stdout', at: '2026-12-01T00:00:00.000Z', text: 'hello\n', cut: false }],
  });

const events = [
  'retry: 1000\n\nid: 41\n\n',
  'id: 42\nevent: host.lost\ndata: {"id":"msg_01JBZ6V1GQ6W3F5J8C2N4R7T9X","time":"2026-12-01T00:00:00.000Z","type":"host.lost",',
  '"zoneId":"zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X","subjectId":"agt_01JBZ6V1GQ6W3F5J8C2N4R7T9X","data":{"cause":"silent"}}\n\n: heartbeat\nid: 42\n\n',
].join('');

const output = [
  'retry: 1000\n\nid: 0\n\n',
  'id: 1\nevent: chunk\ndata: {"seq":1,"attempt":1,"step":"greet","stream":"stdout","at":"2026-12-01T00:00:00.000Z","text":"hello\\n","cut":false}\n\n',
  'event: end\ndata: {"reason":"finished","detail":"The run has ended, and this is all of its output","status":"succeeded"}\n\n',
].join('');

/** Of the operations that answer with a stream: the messages by their `event` (`*` is any other), and how one looks. */
export const streams: Readonly<Record<string, { messages: Readonly<Record<string, z.ZodType>>; example: string }>> = {
  followEvents: { messages: { '*': Event, gap: EventGap, end: StreamEnd }, example: events },
  readRunLogs: { messages: { chunk: OutputChunk, end: StreamEnd }, example: output },
};
