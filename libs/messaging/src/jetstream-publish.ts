import { z } from 'zod';
import type { Bus } from './bus.js';
import { envelope } from './message.js';

const encoder = new TextEncoder();

/** Publishes into a stream and resolves when the server has stored it. The same id within the stream's window is stored once. */
export interface StreamMessage {
  readonly id: string;
  readonly subject: string;
  readonly schema: string;
  readonly body: Uint8Array | string;
}

/** What the server answers to a publish; an error has a description. */
const PublishAck = z.union([
  z.object({ error: z.object({ description: z.string() }) }),
  z.object({ stream: z.string(), seq: z.number(), error: z.undefined().optional() }),
]);

const messageIdHeader = 'Nats-Msg-Id';
const timeoutMs = 5_000;

export class StreamPublisher {
  constructor(private readonly bus: Bus) {}

  /**
   * Throws when the store is not acknowledged; the message may then have been stored all the same. Messages that are published in one turn leave
   * in one write, which the JetStream client's own publish does not do.
   */
  async publish({ id, subject, schema, body }: StreamMessage): Promise<void> {
    const bytes = typeof body === 'string' ? encoder.encode(body) : body;
    const options = { inbox: { to: 'service' as const }, timeoutMs, id, headers: { [messageIdHeader]: id } };
    const ack = PublishAck.safeParse((await this.bus.request(subject, schema, bytes, options)).json());
    if (!ack.success) throw new Error(`${subject} was not acknowledged by a stream`, { cause: ack.error });
    if (ack.data.error !== undefined) throw new Error(`the stream of ${subject} refused a message: ${ack.data.error.description}`);
  }

  /** Like publish, without waiting: for what may be lost, such as live log chunks (the database has them). */
  offer(message: StreamMessage): boolean {
    if (!this.bus.connected) return false;
    this.bus.connection.publish(message.subject, message.body, { headers: envelope(message.schema, 1, message.id) });
    return true;
  }
}
