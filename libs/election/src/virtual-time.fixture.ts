/**
 * Time, chance and message lanes of a simulation, all from one seed.
 * Promises: what is due earlier happens earlier; messages of one lane keep their order; the same seed gives the same run. Throws where things go
 * round in circles.
 */
const mostEvents = 200_000;

export class VirtualTime {
  nowMs = 0;
  readonly random: () => number;
  private readonly queue: { atMs: number; order: number; work: () => void }[] = [];
  private readonly lastArrival = new Map<string, number>();
  private order = 0;
  private events = 0;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  run(forMs: number): void {
    const endMs = this.nowMs + forMs;
    for (;;) {
      this.queue.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const next = this.queue[0];
      if (next === undefined || next.atMs > endMs) break;
      this.queue.shift();
      if (++this.events > mostEvents) throw new Error(`more than ${mostEvents} events: the replicas go round in circles`);
      this.nowMs = next.atMs;
      next.work();
    }
    this.nowMs = endMs;
  }

  later(delayMs: number, work: () => void): void {
    this.queue.push({ atMs: this.nowMs + delayMs, order: ++this.order, work });
  }

  /** Up to `lateMs` from now, but not before what was sent on this lane earlier. */
  send(lane: string, lateMs: number, work: () => void): void {
    const atMs = Math.max(this.nowMs + this.random() * lateMs, this.lastArrival.get(lane) ?? 0);
    this.lastArrival.set(lane, atMs);
    this.later(atMs - this.nowMs, work);
  }
}

/** mulberry32: small, and the same everywhere. */
const randomOf = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
