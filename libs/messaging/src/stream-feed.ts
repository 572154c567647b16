import { DeliverPolicy, type Consumer, type ConsumerMessages, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { Bus } from './bus.js';

/**
 * Reading a stream by its sequence numbers, with ephemeral consumers only: nothing of a reader is kept by the server.
 *
 * Promises: a feed tells every message that the stream has from its start on, once and in order, over restarts of NATS and the loss of its
 * consumer; what the stream no longer has is told as a gap before what follows it, so a reader knows of all that it did not see.
 * Does not: outlive its process, nor wait for its handler (which must be quick and must not throw).
 */
export interface FeedMessage {
  readonly seq: number;
  readonly subject: string;
  readonly bytes: Uint8Array;
}

/** `expired`: dropped by the stream's limits. `replaced`: the stream was made anew, its sequence counts from elsewhere; `from` and `to` are the new one's. */
export interface FeedGap {
  readonly from: number;
  readonly to: number;
  readonly reason: 'expired' | 'replaced';
}

export interface FeedHandler {
  /** The feed follows the stream; the next message will have this sequence or a higher one. Told again after every break. */
  following(nextSeq: number): void;
  message(message: FeedMessage): void;
  gap(gap: FeedGap): void;
  /** It cannot follow just now, and tries again. */
  broken(error: unknown): void;
}

export interface FeedOptions {
  readonly bus: Bus;
  readonly stream: string;
  /** One filter: the permissions of services allow no more. */
  readonly subject: string;
  /** How many messages of the past are told first. */
  readonly backlog: number;
  readonly handler: FeedHandler;
}

/** A pull that nobody answers is noticed after twice the heartbeat. */
const pull = { max_messages: 512, expires: 30_000, idle_heartbeat: 5_000, abort_on_missing_resource: true };
const nanos = (seconds: number): number => seconds * 1_000_000_000;
const apiTimeoutMs = 5_000;
/** What tells that the consumer or the stream is another than before: then the range of the stream has to be asked anew. */
const lostTrack: ReadonlySet<string> = new Set(['reset', 'ordered_consumer_recreated', 'stream_not_found', 'consumer_deleted']);

export class StreamFeed {
  private nextSeq: number | undefined;
  private madeAt: string | undefined;
  private stopped = false;
  private messages: ConsumerMessages | undefined;
  private wake: () => void = () => undefined;
  private readonly unlisten: () => void;

  constructor(private readonly options: FeedOptions) {
    this.unlisten = options.bus.onStatus((status) => {
      if (status === 'connected') this.followAnew();
    });
    void this.run();
  }

  /** From now on the handler is told nothing. */
  stop(): void {
    this.stopped = true;
    this.unlisten();
    this.followAnew();
  }

  private followAnew(): void {
    this.messages?.stop();
    this.wake();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.follow();
      } catch (error) {
        if (this.stopped) return;
        this.options.handler.broken(error);
        await this.pause();
      }
    }
  }

  private async follow(): Promise<void> {
    const { bus, stream, subject, handler } = this.options;
    const range = await streamRange(bus, stream);
    if (this.stopped) return;
    let nextSeq = this.startOf(range);
    const consumer = await consumerFrom(bus, stream, nextSeq, subject);
    try {
      const messages = await consumer.consume(pull);
      if (this.stopped) return messages.stop();
      this.messages = messages;
      void stopWhenLost(messages);
      handler.following(nextSeq);
      for await (const message of messages) {
        if (this.stopped) return;
        if (message.seq < nextSeq) continue;
        if (message.seq > nextSeq) handler.gap({ from: nextSeq, to: message.seq - 1, reason: 'expired' });
        nextSeq = message.seq + 1;
        this.nextSeq = nextSeq;
        handler.message(feedMessage(message));
      }
    } finally {
      this.messages = undefined;
      void consumer.delete().catch(() => undefined);
    }
  }

  /** Where to go on, after telling what can no longer be had. */
  private startOf({ first, last, madeAt }: StreamRange): number {
    const { handler, backlog } = this.options;
    const replaced = this.nextSeq !== undefined && (madeAt !== this.madeAt || this.nextSeq > last + 1);
    if (this.nextSeq === undefined) this.nextSeq = Math.max(first, last + 1 - backlog);
    else if (replaced) {
      handler.gap({ from: first, to: last, reason: 'replaced' });
      this.nextSeq = last + 1;
    } else if (this.nextSeq < first) {
      handler.gap({ from: this.nextSeq, to: first - 1, reason: 'expired' });
      this.nextSeq = first;
    }
    this.madeAt = madeAt;
    return this.nextSeq;
  }

  /** Until the connection is back; the time is a net for other faults, such as a stream that is not made yet. */
  private async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1_000);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
  }
}

/** First and last sequence that the stream has; of an empty one `last` is `first - 1`. */
export interface StreamRange {
  readonly first: number;
  readonly last: number;
  readonly madeAt: string;
}

export const streamRange = async (bus: Bus, stream: string): Promise<StreamRange> => {
  const manager = await jetstreamManager(bus.connection, { checkAPI: false, timeout: apiTimeoutMs });
  const { state, created } = await manager.streams.info(stream);
  return { first: Math.max(1, state.first_seq), last: state.last_seq, madeAt: created };
};

/** Up to `max` messages of the past, from this sequence on; fewer where the stream has no more now. Throws where NATS does not answer. */
export const readStream = async (bus: Bus, stream: string, fromSeq: number, max: number, subject: string): Promise<FeedMessage[]> => {
  const consumer = await consumerFrom(bus, stream, fromSeq, subject);
  try {
    const waiting = Math.min(max, (await consumer.info(true)).num_pending);
    if (waiting === 0) return [];
    const found: FeedMessage[] = [];
    for await (const message of await consumer.fetch({ max_messages: waiting, expires: apiTimeoutMs })) found.push(feedMessage(message));
    if (found.length === 0) throw new Error(`${stream} has messages from ${fromSeq} on, and none came`);
    return found;
  } finally {
    void consumer.delete().catch(() => undefined);
  }
};

const consumerFrom = (bus: Bus, stream: string, fromSeq: number, subject: string): Promise<Consumer> =>
  jetstream(bus.connection, { timeout: apiTimeoutMs }).consumers.get(stream, {
    filter_subjects: subject,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: fromSeq,
    inactive_threshold: nanos(60),
  });

const feedMessage = (message: JsMsg): FeedMessage => ({ seq: message.seq, subject: message.subject, bytes: message.data });

const stopWhenLost = async (messages: ConsumerMessages): Promise<void> => {
  for await (const status of messages.status()) if (lostTrack.has(status.type)) messages.stop();
};
