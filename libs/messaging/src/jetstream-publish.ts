import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { Bus } from './bus.js';
import { envelope } from './message.js';

/** Publishes into a stream and resolves when the server has stored it. The same id within the stream's window is stored once. */
export interface StreamMessage {
  readonly id: string;
  readonly subject: string;
  readonly schema: string;
  readonly body: Uint8Array | string;
}

export class StreamPublisher {
  private readonly client: JetStreamClient;

  constructor(private readonly bus: Bus) {
    this.client = jetstream(bus.connection);
  }

  /** Throws when the store is not acknowledged; the message may then have been stored all the same. */
  async publish(message: StreamMessage): Promise<void> {
    await this.client.publish(message.subject, message.body, {
      msgID: message.id,
      headers: envelope(message.schema, 1, message.id),
      timeout: 5_000,
    });
  }

  /** Like publish, without waiting: for what may be lost, such as live log chunks (the database has them). */
  offer(message: StreamMessage): boolean {
    if (!this.bus.connected) return false;
    this.bus.connection.publish(message.subject, message.body, { headers: envelope(message.schema, 1, message.id) });
    return true;
  }
}
