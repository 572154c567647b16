import type { StreamPublisher } from './jetstream-publish.js';
import { withTrace } from './trace.js';

/** An event of a service's outbox, as it is stored. */
export interface StoredEvent {
  readonly id: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Brings a batch of an outbox out, each event under the trace that it came of. Throws where any is not stored by the stream yet. */
export const publishEvents =
  (publisher: StreamPublisher) =>
  async (events: readonly StoredEvent[]): Promise<void> => {
    const publish = ({ id, subject, headers, body }: StoredEvent): Promise<unknown> =>
      withTrace(headers['traceparent'], () => publisher.publish({ id, subject, schema: 'event', body: JSON.stringify(body) }));
    await Promise.all(events.map(publish));
  };
