import { z } from 'zod';
import type { FeedGap, FeedMessage } from '@klevr/messaging/stream-feed';

/** What this door has to know of an event to sort it; the rest passes through as it is, so that a newer service's event types do too. */
const Head = z.object({ type: z.string().regex(/^[A-Za-z]+\.[A-Za-z]+$/), zoneId: z.string(), subjectId: z.string() });

/** One event, ready to be sent to any number of clients: it is put into words once. */
export interface StoredEvent {
  readonly seq: number;
  readonly type: string;
  readonly zoneId: string;
  readonly subjectId: string;
  /** The lines of the event stream that tell it. */
  readonly frame: Buffer;
}

/** Undefined for what is no event. */
export function storedEventOf({ seq, bytes }: FeedMessage): StoredEvent | undefined {
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
  const head = Head.safeParse(body);
  if (!head.success) return undefined;
  return { seq, ...head.data, frame: frameOf({ id: seq, event: head.data.type, data: body }) };
}

export const gapType = 'gap';

/** Tells that the events of these sequences were not seen here and can no longer be had; it stands at the place of the last of them. */
export const gapEventOf = ({ from, to, reason }: FeedGap): StoredEvent => ({
  seq: to,
  type: gapType,
  zoneId: '',
  subjectId: '',
  frame: frameOf({ id: to, event: gapType, data: { from, to, reason } }),
});

/**
 * The lines of one message as the standard of server-sent events has them. Without `event` and `data` a client dispatches nothing and only
 * remembers the id: so the place in the stream moves on where nothing matches a client's filter.
 */
export function frameOf({ id, event, data }: { id?: number; event?: string; data?: unknown }): Buffer {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    // JSON text has no line breaks of its own.
    ...(data === undefined ? [] : [`data: ${JSON.stringify(data)}`]),
  ];
  return Buffer.from(`${lines.join('\n')}\n\n`);
}
