import type { CancelTimer, Clock } from '@klevr/platform/clock';

/**
 * Notices that the host has slept: the clock that counts sleep has run ahead of the one that does not. Pure but for its timer.
 * Promises: a sleep of two seconds or more is noticed within five seconds of being awake, once; how long the host slept stays known until it was told.
 * Does not: notice a pause of a virtual machine that its guest cannot see, or a process that was stopped (both clocks go on).
 */
const leastSleepSeconds = 2;
/** No event of the kernel's reaches a process without privileges, so the clocks are compared. */
const lookEveryMs = 5_000;

export class SleepWatch {
  private mark: number;
  private noticed = 0;
  private cancel: CancelTimer = () => undefined;

  constructor(
    private readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs' | 'uptimeSeconds'>,
    private readonly onSlept: (seconds: number) => void,
  ) {
    this.mark = this.ahead();
  }

  start(): void {
    this.cancel = this.clock.setTimer(() => {
      this.look();
      this.start();
    }, lookEveryMs);
  }

  stop(): void {
    this.cancel();
  }

  look(): void {
    const slept = this.sinceMark();
    if (slept - this.noticed < leastSleepSeconds) return;
    this.noticed = slept;
    this.onSlept(slept);
  }

  /** How long the host slept since it was last told, 0 where it did not. */
  get untoldSeconds(): number {
    const slept = this.sinceMark();
    return slept < leastSleepSeconds ? 0 : slept;
  }

  /** So much has been told. */
  told(seconds: number): void {
    this.mark += seconds;
    this.noticed = Math.max(0, this.noticed - seconds);
  }

  private sinceMark(): number {
    return Math.round((this.ahead() - this.mark) * 10) / 10;
  }

  private ahead(): number {
    return this.clock.uptimeSeconds() - this.clock.monotonicMs() / 1000;
  }
}
