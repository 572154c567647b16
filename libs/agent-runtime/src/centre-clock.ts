import type { Clock } from '@klevr/platform/clock';

/**
 * The centre's time as this host knows it: told at hello, advanced by clocks that no operator can set.
 * Promises: it never follows the host's wall clock once it was told, it counts time that the host slept, and it goes on in steps finer than
 * the uptime's 10 ms. Does not: correct the drift of the host's oscillator between two hellos. Before the first hello it is the wall clock.
 */
export class CentreClock {
  private anchor: { centreMs: number; monotonicMs: number; uptimeSeconds: number } | undefined;

  constructor(private readonly clock: Clock) {}

  /**
   * `centreMs` is what the centre said its time was when it answered. The way of the answer is not added: most of the time between question and answer
   * is work, and a clock that is behind by a few milliseconds judges milder than one that runs ahead.
   */
  set(centreMs: number): void {
    const { clock } = this;
    this.anchor = { centreMs, monotonicMs: clock.monotonicMs(), uptimeSeconds: clock.uptimeSeconds() };
  }

  get known(): boolean {
    return this.anchor !== undefined;
  }

  nowMs(): number {
    const { anchor, clock } = this;
    if (anchor === undefined) return clock.nowMs();
    const awakeMs = clock.monotonicMs() - anchor.monotonicMs;
    const sleptMs = (clock.uptimeSeconds() - anchor.uptimeSeconds) * 1000 - awakeMs;
    // The two clocks differ by rounding alone unless the host slept.
    return Math.round(anchor.centreMs + awakeMs + (sleptMs > 250 ? sleptMs : 0));
  }
}
