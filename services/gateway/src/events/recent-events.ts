import type { StoredEvent } from './stored-event.js';

/** A place in the events: the sequence of the next one, in one life of the stream. */
export interface Place {
  readonly life: number;
  readonly nextSeq: number;
}

export type Lookup =
  /** The events from the place on, as many as there are now; `next` is where to go on. */
  | { readonly kind: 'events'; readonly events: readonly StoredEvent[]; readonly next: Place }
  /** Events at the place have been forgotten here; the stream may still have them. */
  | { readonly kind: 'behind' }
  /** The place lies beyond everything known here. */
  | { readonly kind: 'ahead' }
  /** The place belongs to a stream that has been replaced. */
  | { readonly kind: 'replaced' };

const MAX_EVENTS_AT_ONCE = 250;

/**
 * The latest events of the stream, in memory, shared by everybody who follows them.
 *
 * Promises: from `firstSeq` on nothing is missing that the stream had, what it lost itself is told by an event of its own; bounded by number and
 * bytes, the oldest leave first.
 */
export class RecentEvents {
  private events: StoredEvent[] = [];
  private bytes = 0;
  private first: number;
  private next: number;
  private currentLife = 0;

  constructor(
    private readonly maxEvents: number,
    private readonly maxBytes: number,
    startSeq: number,
  ) {
    this.first = startSeq;
    this.next = startSeq;
  }

  get end(): Place {
    return { life: this.currentLife, nextSeq: this.next };
  }

  get firstSeq(): number {
    return this.first;
  }

  place(nextSeq: number): Place {
    return { life: this.currentLife, nextSeq };
  }

  /** Events come in the order of their sequences; what lies between two was no event. */
  add(event: StoredEvent): void {
    this.events.push(event);
    this.bytes += event.frame.length;
    this.next = event.seq + 1;
    if (this.events.length > this.maxEvents || this.bytes > this.maxBytes) this.forget();
  }

  /** These sequences are known to hold no event. */
  pass(nextSeq: number): void {
    this.next = Math.max(this.next, nextSeq);
  }

  /** The stream was made anew: this event, which says so, is the first of its next life. */
  restart(event: StoredEvent): void {
    this.events = [];
    this.bytes = 0;
    this.first = event.seq;
    this.currentLife++;
    this.add(event);
  }

  from(place: Place): Lookup {
    if (place.life !== this.currentLife) return { kind: 'replaced' };
    if (place.nextSeq < this.first) return { kind: 'behind' };
    if (place.nextSeq > this.next) return { kind: 'ahead' };
    const start = this.indexOf(place.nextSeq);
    const events = this.events.slice(start, start + MAX_EVENTS_AT_ONCE);
    const isAll = start + events.length === this.events.length;
    const last = events.at(-1);
    return { kind: 'events', events, next: this.place(isAll || last === undefined ? this.next : last.seq + 1) };
  }

  /** A tenth at once: so forgetting costs little, however many come. */
  private forget(): void {
    const wanted = { events: this.maxEvents * 0.9, bytes: this.maxBytes * 0.9 };
    let count = 0;
    while (count < this.events.length && (this.events.length - count > wanted.events || this.bytes > wanted.bytes)) {
      const event = this.events[count];
      if (event === undefined) break;
      this.bytes -= event.frame.length;
      this.first = event.seq + 1;
      count++;
    }
    this.events.splice(0, count);
  }

  /** Of the first event that is not before this sequence. */
  private indexOf(seq: number): number {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.events[middle]?.seq ?? Infinity) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
