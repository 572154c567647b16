/**
 * How many tries may be under way at once, to each receiver and altogether.
 * Promises: a receiver that does not answer, or slowly, comes down to one at a time, so that hundreds of them together leave room for those that answer;
 * one that answers soon gets more. While half of all places are taken, nobody gets a second one. Does not: keep anything over a restart, nor count what
 * other replicas send.
 */
export const limits = { first: 16, most: 32, all: 256, slowMs: 1_000, remembered: 1_000 } as const;

interface Known {
  limit: number;
  busy: number;
}

export class ReceiverLimits {
  private readonly known = new Map<string, Known>();
  private busy = 0;

  /** How many more may be begun now. */
  free(receiver: string): number {
    const { limit, busy } = this.known.get(receiver) ?? { limit: limits.first, busy: 0 };
    // Places are filled in one go once half of them are free: what is leased together costs little more than one alone.
    if (this.busy >= limits.all || busy > limit / 2) return 0;
    const own = this.busy >= limits.all / 2 ? Math.min(1, limit) : limit;
    return Math.max(0, Math.min(own - busy, limits.all - this.busy));
  }

  /** What these may take together, those that have nothing free left out. */
  share(receivers: readonly string[]): { receiver: string; limit: number }[] {
    let room = limits.all - this.busy;
    return receivers.flatMap((receiver) => {
      const limit = Math.min(this.free(receiver), room);
      room -= limit;
      return limit > 0 ? [{ receiver, limit }] : [];
    });
  }

  begin(receiver: string): void {
    const known = this.known.get(receiver) ?? { limit: limits.first, busy: 0 };
    known.busy += 1;
    this.busy += 1;
    // The latest stand last.
    this.known.delete(receiver);
    this.known.set(receiver, known);
  }

  /** What a try showed of it. */
  heard(receiver: string, answered: boolean, durationMs: number): void {
    const known = this.known.get(receiver);
    if (known === undefined) return;
    const soon = answered && durationMs < limits.slowMs;
    known.limit = soon ? Math.min(limits.most, known.limit + 1) : Math.max(1, Math.floor(known.limit / 2));
  }

  end(receiver: string): void {
    const known = this.known.get(receiver);
    if (known === undefined) return;
    known.busy -= 1;
    this.busy -= 1;
    this.forget();
  }

  private forget(): void {
    if (this.known.size <= limits.remembered) return;
    for (const [receiver, { busy }] of this.known) {
      if (busy === 0) this.known.delete(receiver);
      if (this.known.size <= limits.remembered) return;
    }
  }
}
