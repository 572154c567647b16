import type { CancelTimer, Clock } from './clock.js';
import type { Log } from './log.js';

/**
 * Work that comes again and again for as long as a process lives, in pieces, and must not be in anybody's way. Age is told by no event, so a timer looks.
 * Promises: passes do not overlap; `rest` waits as long as the piece before it took, a second at most, so at most half of the time is worked; a pass that fails is
 * told and comes again. Does not: hurry, or hold up a stop: `stopped` says that a pass is to leave the rest.
 */
export interface PacedWorkOptions {
  readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs'>;
  readonly log: Log;
  readonly firstAfterMs: number;
  readonly everyMs: number;
  readonly pass: () => Promise<void>;
  /** What the log says of a pass that failed. */
  readonly failure: string;
}

const longestRestMs = 1_000;

export class PacedWork {
  private cancelTimer: CancelTimer = () => undefined;
  private working: Promise<void> = Promise.resolve();
  private resumedMs = 0;
  private over = false;

  constructor(private readonly options: PacedWorkOptions) {}

  get stopped(): boolean {
    return this.over;
  }

  start(): void {
    this.arm(this.options.firstAfterMs);
  }

  /** Resolves when the pass that is under way has ended. */
  async stop(): Promise<void> {
    this.over = true;
    this.cancelTimer();
    await this.working;
  }

  /** The next piece begins now. */
  begin(): void {
    this.resumedMs = this.options.clock.monotonicMs();
  }

  /** After a piece; the next one begins when it resolves. */
  async rest(): Promise<void> {
    const { clock } = this.options;
    const tookMs = clock.monotonicMs() - this.resumedMs;
    await new Promise<void>((resolve) => void clock.setTimer(resolve, Math.min(longestRestMs, tookMs)));
    this.begin();
  }

  private arm(afterMs: number): void {
    if (this.over) return;
    this.cancelTimer = this.options.clock.setTimer(() => {
      this.working = this.pass().finally(() => this.arm(this.options.everyMs));
    }, afterMs);
  }

  private async pass(): Promise<void> {
    try {
      await this.options.pass();
    } catch (error) {
      this.options.log.warn({ error }, this.options.failure);
    }
  }
}
