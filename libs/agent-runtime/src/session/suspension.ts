import type { CancelTimer, Clock } from '@klevr/platform/clock';

/**
 * The host is about to sleep: SIGUSR2 says so, sent by the hook that systemd runs before it suspends.
 * Promises: the centre is told before the host sleeps, so that another primary is appointed and nobody counts as lost; the agent is back when the
 * host is awake again, also where it never slept. Does not: delay the sleep; the hook waits a moment for the goodbye.
 */
export interface SuspensionOptions {
  /** Says goodbye, and is silent from then on. */
  readonly leave: () => Promise<void>;
  readonly comeBack: () => void;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** Time awake; a host that goes to sleep does so long before. */
const neverSleptMs = 30_000;

export class Suspension {
  private cancel: CancelTimer | undefined;

  constructor(private readonly options: SuspensionOptions) {}

  get announced(): boolean {
    return this.cancel !== undefined;
  }

  async announce(): Promise<void> {
    if (this.announced) return;
    this.cancel = this.options.clock.setTimer(() => this.end(), neverSleptMs);
    await this.options.leave();
  }

  /** The host is awake: a sleep was noticed, or SIGCONT says so. */
  end(): void {
    if (this.cancel === undefined) return;
    this.cancel();
    this.cancel = undefined;
    this.options.comeBack();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }
}
