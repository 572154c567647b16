import type { FeedMessage } from '@klevr/messaging/stream-feed';
import type { EventFilter } from './event-filter.js';
import type { Place, RecentEvents } from './recent-events.js';
import { type EndReason, type ServedStream, endings, nothing, opening } from './served-stream.js';
import { type StoredEvent, frameOf, gapEventOf, storedEventOf } from './stored-event.js';

/** Where the events come from: what is in memory, and what NATS keeps. */
export interface EventSource {
  readonly recent: RecentEvents | undefined;
  range(): Promise<{ first: number; last: number }>;
  read(fromSeq: number): Promise<FeedMessage[]>;
}

/**
 * What one client is sent, as chunks that are made when it has room for them.
 *
 * Promises: every event from its place on that its filter lets through, once and in order, or a gap that says what cannot be had. A client holds no
 * more memory here than its place: what it has not taken stays in the shared memory, and one that falls out of that is ended and told so.
 */
export class EventStream implements ServedStream {
  private place: Place | undefined;
  private hasCaughtUp = false;
  private ending: EndReason | undefined;
  private isHeartbeatDue = false;
  private isAwake = false;
  private resume: () => void = () => undefined;

  constructor(
    private readonly source: EventSource,
    private readonly matches: EventFilter,
    private readonly lastEventId: number | undefined,
  ) {}

  wake(): void {
    this.isAwake = true;
    this.resume();
  }

  heartbeat(): void {
    this.isHeartbeatDue = true;
    this.wake();
  }

  end(reason: EndReason): void {
    this.ending ??= reason;
    this.wake();
  }

  async *chunks(): AsyncGenerator<Buffer> {
    yield opening;
    while (this.ending === undefined) {
      const chunk = await this.step();
      if (chunk.length > 0) yield chunk;
      if (this.isHeartbeatDue && this.ending === undefined) {
        this.isHeartbeatDue = false;
        yield Buffer.concat([Buffer.from(': heartbeat\n'), this.whereabouts()]);
      }
    }
    if (this.ending !== 'gone') yield frameOf({ event: 'end', data: { reason: this.ending, detail: endings[this.ending] } });
  }

  private async step(): Promise<Buffer> {
    const { recent } = this.source;
    if (recent === undefined) return this.idle();
    if (this.place === undefined) return this.begin(recent);
    const found = recent.from(this.place);
    if (found.kind === 'behind') return this.catchUp(this.place, recent);
    if (found.kind === 'ahead') return this.wait(this.place);
    if (found.kind === 'replaced') {
      this.place = recent.place(recent.firstSeq);
      return nothing;
    }
    this.hasCaughtUp = true;
    this.place = found.next;
    return found.events.length === 0 ? this.idle() : this.frames(found.events);
  }

  /** Tells the place at once, so that a client that breaks off before its first event resumes from here. */
  private begin(recent: RecentEvents): Buffer {
    this.place = this.lastEventId === undefined ? recent.end : recent.place(this.lastEventId + 1);
    return this.lastEventId === undefined ? this.whereabouts() : nothing;
  }

  /** From what NATS keeps, until what is in memory goes on from there. */
  private async catchUp(place: Place, recent: RecentEvents): Promise<Buffer> {
    if (this.hasCaughtUp) {
      this.end('tooSlow');
      return nothing;
    }
    let messages: FeedMessage[];
    try {
      messages = await this.source.read(place.nextSeq);
    } catch {
      // NATS is away: its return wakes everybody.
      return this.idle();
    }
    const first = messages[0]?.seq ?? recent.firstSeq;
    const gap = first > place.nextSeq ? [gapEventOf({ from: place.nextSeq, to: first - 1, reason: 'expired' })] : [];
    this.place = { ...place, nextSeq: (messages.at(-1)?.seq ?? first - 1) + 1 };
    return this.frames([...gap, ...messages.map(storedEventOf).filter((event) => event !== undefined)]);
  }

  /** Another replica may have told of events that this one has not heard yet; an id beyond the stream's own last is of a stream that is no more. */
  private async wait(place: Place): Promise<Buffer> {
    try {
      const { first, last } = await this.source.range();
      if (place.nextSeq > last + 1) {
        this.place = { ...place, nextSeq: last + 1 };
        return gapEventOf({ from: first, to: last, reason: 'replaced' }).frame;
      }
    } catch {
      // NATS is away: its return wakes everybody.
    }
    return this.idle();
  }

  private frames(events: readonly StoredEvent[]): Buffer {
    const matching = events.filter(this.matches);
    return matching.length === 0 ? nothing : Buffer.concat(matching.map(({ frame }) => frame));
  }

  private whereabouts(): Buffer {
    return this.place === undefined ? Buffer.from('\n') : frameOf({ id: this.place.nextSeq - 1 });
  }

  private async idle(): Promise<Buffer> {
    if (!this.isAwake) await new Promise<void>((resolve) => (this.resume = resolve));
    this.isAwake = false;
    return nothing;
  }
}
