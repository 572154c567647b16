import { Clock, type CancelTimer } from './clock.js';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly fn: () => void;
}

/**
 * A clock that stands still until a test moves it. Timers fire in the order of their due times (then of their making), each seeing the time it
 * was due at. Nothing here waits for real time.
 */
export class FakeClock extends Clock {
  private wallMs: number;
  private steadyMs = 0;
  private sleptMs = 0;
  private made = 0;
  private readonly timers = new Set<Timer>();

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    super();
    this.wallMs = startMs;
  }

  nowMs(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.steadyMs;
  }

  uptimeSeconds(): number {
    return (this.steadyMs + this.sleptMs) / 1000;
  }

  setTimer(fn: () => void, delayMs: number): CancelTimer {
    const timer: Timer = { dueMs: this.steadyMs + Math.max(0, delayMs), order: this.made++, fn };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  /** Timers that wait, for a test that nothing was left behind. */
  get pendingTimers(): number {
    return this.timers.size;
  }

  /** Moves all three clocks on and fires what falls due on the way, timers set by timers included. */
  advance(byMs: number): void {
    const endMs = this.steadyMs + byMs;
    for (let timer = this.nextDue(endMs); timer; timer = this.nextDue(endMs)) {
      this.moveTo(timer.dueMs);
      this.timers.delete(timer);
      timer.fn();
    }
    this.moveTo(endMs);
  }

  /** Like `advance`, but lets pending promise callbacks run before, between and after the timers. */
  async advanceAsync(byMs: number): Promise<void> {
    const endMs = this.steadyMs + byMs;
    await settle();
    for (let timer = this.nextDue(endMs); timer; timer = this.nextDue(endMs)) {
      this.moveTo(timer.dueMs);
      this.timers.delete(timer);
      timer.fn();
      await settle();
    }
    this.moveTo(endMs);
  }

  /** Sets the wall clock alone, as an operator or NTP does. */
  setWall(nowMs: number): void {
    this.wallMs = nowMs;
  }

  /** The host sleeps: wall and uptime go on, monotonic time and timers do not. */
  sleepHost(forMs: number): void {
    this.wallMs += forMs;
    this.sleptMs += forMs;
  }

  private moveTo(steadyMs: number): void {
    if (steadyMs <= this.steadyMs) return;
    this.wallMs += steadyMs - this.steadyMs;
    this.steadyMs = steadyMs;
  }

  private nextDue(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.dueMs > endMs) continue;
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
