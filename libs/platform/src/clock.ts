import { uptime } from 'node:os';

/** Stops a timer; calling it twice, or after it fired, does nothing. */
export type CancelTimer = () => void;

/**
 * Time as the rest of the code sees it, so that tests can move it by hand. An abstract class, because it is its own injection token.
 *
 * Three clocks, since no single one answers every question:
 * - `nowMs` is the wall clock (unix time); it may jump either way when an operator or NTP sets it. For times that people and records see.
 * - `monotonicMs` never goes back, and stands still while the host sleeps. For durations inside one process.
 * - `uptimeSeconds` never goes back and counts sleep. For leases and not-after times that must end although the host slept.
 */
export abstract class Clock {
  abstract nowMs(): number;
  abstract monotonicMs(): number;
  abstract uptimeSeconds(): number;
  /** Calls `fn` once, not before `delayMs` of monotonic time passed. A running timer keeps the process alive until it is cancelled. */
  abstract setTimer(fn: () => void, delayMs: number): CancelTimer;
}

/** Node's timers fire at once beyond this delay, so longer ones are waited for in parts. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** A sleep of the host is noticed this much later at most. */
const LOOK_SERVES_MS = 5;

export class SystemClock extends Clock {
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  private uptimeThenSeconds = 0;

  nowMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  /** A look at the system's own clock costs some microseconds, and what handles a message looks several times: one look serves for a few milliseconds. */
  uptimeSeconds(): number {
    const nowMs = performance.now();
    if (nowMs - this.lookedAtMs >= LOOK_SERVES_MS) {
      // The system tells hundredths of a second, so what was worked out from the look before may be ahead of it.
      this.uptimeThenSeconds = Math.max(uptime(), this.uptimeAt(nowMs));
      this.lookedAtMs = nowMs;
    }
    return this.uptimeAt(nowMs);
  }

  private uptimeAt(nowMs: number): number {
    return this.lookedAtMs === Number.NEGATIVE_INFINITY ? 0 : this.uptimeThenSeconds + (nowMs - this.lookedAtMs) / 1000;
  }

  setTimer(fn: () => void, delayMs: number): CancelTimer {
    let handle: NodeJS.Timeout;
    const arm = (restMs: number): void => {
      const partMs = Math.min(restMs, LONGEST_TIMEOUT_MS);
      handle = setTimeout(() => (restMs > partMs ? arm(restMs - partMs) : fn()), Math.max(0, partMs));
    };
    arm(delayMs);
    return () => clearTimeout(handle);
  }
}
