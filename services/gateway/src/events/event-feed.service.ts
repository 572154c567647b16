import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { streams } from '@klevr/contracts/streams';
import { subjects } from '@klevr/contracts/subjects';
import { Bus } from '@klevr/messaging/bus';
import { type FeedMessage, StreamFeed, readStream, streamRange } from '@klevr/messaging/stream-feed';
import { Log } from '@klevr/platform/log';
import { EventLimits } from './event-limits.js';
import { RecentEvents } from './recent-events.js';
import { type StoredEvent, gapEventOf, storedEventOf } from './stored-event.js';

const stream = streams.events.name;
const subject = subjects.event.wildcard();
/** So that clients of a replica that was restarted find what they missed in memory. */
const BACKLOG = 1_000;
const READ_AT_ONCE = 256;
const READERS = 8;

/**
 * The events of the whole system, as this process hears them: one consumer, whatever the number of those who follow.
 *
 * Promises: `recent` grows by every event, in order; listeners are told of each one, wakers once for all that came in one turn. While NATS is away
 * nothing comes, and afterwards what was missed, or a gap that says what cannot be had.
 */
@Injectable()
export class EventFeedService implements OnModuleInit, OnModuleDestroy {
  private feed: StreamFeed | undefined;
  private known: RecentEvents | undefined;
  private isBroken = false;
  private waking = false;
  private readonly wakers = new Set<() => void>();
  private readonly listeners = new Set<(event: StoredEvent) => void>();
  private readonly lanes: Promise<unknown>[] = Array.from({ length: READERS }, () => Promise.resolve());
  private turn = 0;

  constructor(
    private readonly bus: Bus,
    private readonly limits: EventLimits,
    private readonly log: Log,
  ) {}

  /** Undefined until the stream was reached for the first time. */
  get recent(): RecentEvents | undefined {
    return this.known;
  }

  onModuleInit(): void {
    this.feed = new StreamFeed({
      bus: this.bus,
      stream,
      subject,
      backlog: BACKLOG,
      handler: {
        following: (nextSeq) => this.following(nextSeq),
        message: (message) => this.take(message),
        gap: (gap) => {
          const event = gapEventOf(gap);
          if (gap.reason === 'replaced') this.known?.restart(event);
          else this.known?.add(event);
          this.tell(event);
        },
        broken: (error) => this.broken(error),
      },
    });
  }

  onModuleDestroy(): void {
    this.feed?.stop();
  }

  /** Called after events came, and after every break. */
  onWake(waker: () => void): () => void {
    this.wakers.add(waker);
    return () => this.wakers.delete(waker);
  }

  onEvent(listener: (event: StoredEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  range(): Promise<{ first: number; last: number }> {
    return streamRange(this.bus, stream);
  }

  /** From what NATS keeps; a few callers at once, the others wait their turn. */
  read(fromSeq: number): Promise<FeedMessage[]> {
    const lane = this.turn++ % READERS;
    const reading = (this.lanes[lane] ?? Promise.resolve()).then(() => readStream(this.bus, stream, fromSeq, READ_AT_ONCE, subject));
    this.lanes[lane] = reading.catch(() => undefined);
    return reading;
  }

  private following(nextSeq: number): void {
    this.known ??= new RecentEvents(this.limits.recentEvents, this.limits.recentBytes, nextSeq);
    this.known.pass(nextSeq);
    if (this.isBroken) this.log.info({ nextSeq }, 'events are followed again');
    this.isBroken = false;
    this.wakeSoon();
  }

  private take(message: FeedMessage): void {
    const event = storedEventOf(message);
    if (event === undefined) {
      this.log.warn({ seq: message.seq, subject: message.subject }, 'what is no event stands among the events');
      this.known?.pass(message.seq + 1);
      return;
    }
    this.known?.add(event);
    this.tell(event);
  }

  private tell(event: StoredEvent): void {
    for (const listener of this.listeners) listener(event);
    this.wakeSoon();
  }

  private wakeSoon(): void {
    if (this.waking) return;
    this.waking = true;
    setImmediate(() => {
      this.waking = false;
      for (const waker of this.wakers) waker();
    });
  }

  private broken(error: unknown): void {
    if (!this.isBroken) this.log.warn({ error }, 'events cannot be followed now');
    this.isBroken = true;
  }
}
