import type { CancelTimer, Clock } from './clock.js';
import type { Log } from './log.js';

/**
 * Rounds of work that is due at stored times, and at once when somebody tells.
 * Promises: rounds do not overlap; whoever wakes during one gets another one after it; the next one comes when the work of the last said that something is due, within
 * the period at the latest; one that fails is told and comes again. Does not: wake by itself before it was woken once.
 */
export interface DueRoundsOptions {
  readonly clock: Pick<Clock, 'setTimer' | 'nowMs'>;
  readonly log: Log;
  /** A safety net, for what was stored by a process that ended before it told. Milliseconds. */
  readonly periodMs: number;
  /** Answers when the next thing is due; undefined where nothing is. */
  readonly round: () => Promise<Date | undefined>;
  /** What the log says of a round that failed. */
  readonly failure: string;
}

/** Two rounds by the timer are never closer. */
const shortestMs = 20;

export class DueRounds {
  private cancelTimer: CancelTimer = () => undefined;
  private working: Promise<void> | undefined;
  private wanted = false;
  private stopped = false;

  constructor(private readonly options: DueRoundsOptions) {}

  wake(): void {
    this.wanted = true;
    if (!this.stopped) this.working ??= this.work();
  }

  /** Resolves when the round that is under way has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.working;
  }

  private async work(): Promise<void> {
    const { clock, periodMs } = this.options;
    this.cancelTimer();
    let next: Date | undefined;
    while (this.wanted && !this.stopped) {
      this.wanted = false;
      next = await this.round();
    }
    this.working = undefined;
    if (this.stopped) return;
    const afterMs = next === undefined ? periodMs : Math.min(periodMs, Math.max(shortestMs, next.getTime() - clock.nowMs()));
    this.cancelTimer = clock.setTimer(() => this.wake(), afterMs);
  }

  private async round(): Promise<Date | undefined> {
    try {
      return await this.options.round();
    } catch (error) {
      this.options.log.warn({ error }, this.options.failure);
      return undefined;
    }
  }
}
