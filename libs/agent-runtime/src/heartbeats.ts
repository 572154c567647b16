import type { Clock } from '@klevr/platform/clock';

/** Calls `beat` again and again, each time after the period ± 20 %, so that a zone's agents do not beat in step. A heartbeat is the one thing that is periodic by nature. */
export class Heartbeats {
  private cancel: () => void = () => undefined;

  constructor(
    private readonly clock: Pick<Clock, 'setTimer'>,
    private readonly periodSeconds: () => number,
    private readonly beat: () => void,
  ) {}

  /** Beats now and from now on; calling it again takes a changed period into account at once. */
  start(): void {
    this.cancel();
    this.beat();
    this.cancel = this.clock.setTimer(() => this.start(), this.periodSeconds() * 1000 * (0.8 + Math.random() * 0.4));
  }

  stop(): void {
    this.cancel();
  }
}
