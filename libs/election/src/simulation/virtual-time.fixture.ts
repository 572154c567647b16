/**
 * Time, chance and message lanes of a simulation, all from one seed.
 * Promises: what is due earlier happens earlier; messages of one lane keep their order; the same seed gives the same run. Throws where things go
 * round in circles.
 */
const mostEvents = 400_000;

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly work: () => void;
}

export class VirtualTime {
  nowMs = 0;
  events = 0;
  readonly random: () => number;
  /** A heap: the next one due is first. */
  private readonly heap: Due[] = [];
  private readonly lastArrival = new Map<string, number>();
  private order = 0;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  run(forMs: number): void {
    const endMs = this.nowMs + forMs;
    for (let next = this.heap[0]; next !== undefined && next.atMs <= endMs; next = this.heap[0]) {
      this.pop();
      if (++this.events > mostEvents) throw new Error(`more than ${mostEvents} events: somebody goes round in circles`);
      this.nowMs = next.atMs;
      next.work();
    }
    this.nowMs = endMs;
  }

  later(delayMs: number, work: () => void): void {
    const due = { atMs: this.nowMs + Math.max(0, delayMs), order: ++this.order, work };
    let at = this.heap.push(due) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.heap[above];
      if (parent === undefined || before(parent, due)) break;
      this.heap[at] = parent;
      at = above;
    }
    this.heap[at] = due;
  }

  /** Up to `lateMs` from now, but not before what was sent on this lane earlier. */
  send(lane: string, lateMs: number, work: () => void): void {
    const atMs = Math.max(this.nowMs + this.random() * lateMs, this.lastArrival.get(lane) ?? 0);
    this.lastArrival.set(lane, atMs);
    this.later(atMs - this.nowMs, work);
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.random() * list.length)];
  }

  private pop(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    let at = 0;
    for (;;) {
      const [left, right] = [this.heap[2 * at + 1], this.heap[2 * at + 2]];
      if (left === undefined) break;
      const [child, index] = right !== undefined && before(right, left) ? [right, 2 * at + 2] : [left, 2 * at + 1];
      if (before(last, child)) break;
      this.heap[at] = child;
      at = index;
    }
    this.heap[at] = last;
  }
}

const before = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

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
