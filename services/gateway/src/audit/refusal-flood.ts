const WINDOW_MS = 1_000;
const MOST_IN_WINDOW = 100;

export interface Surplus {
  readonly refused: number;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * Bounds what strangers can write into the audit trail: of the refusals of callers that nobody knows, and of those who ask too much, a hundred a
 * second are told one by one, and the others as a number.
 */
export class RefusalFlood {
  private windowMs = 0;
  private inWindow = 0;
  private surplus: { refused: number; sinceMs: number; untilMs: number } | undefined;

  /** Whether this one is told by itself. */
  admits(nowMs: number): boolean {
    if (nowMs < this.windowMs || nowMs - this.windowMs >= WINDOW_MS) {
      this.windowMs = nowMs;
      this.inWindow = 0;
    }
    if (this.inWindow++ < MOST_IN_WINDOW) return true;
    this.surplus ??= { refused: 0, sinceMs: nowMs, untilMs: nowMs };
    this.surplus.refused++;
    this.surplus.untilMs = nowMs;
    return false;
  }

  /** Those that were not told, once. */
  take(): Surplus | undefined {
    const taken = this.surplus;
    this.surplus = undefined;
    return taken;
  }
}
