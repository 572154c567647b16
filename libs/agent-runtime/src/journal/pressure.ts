import type { CancelTimer, Clock } from '@klevr/platform/clock';

/**
 * How fast output may be taken in.
 * Promises: a writer waits while more than a little has to go to disk, and while the centre has more than some to answer; but who answers nothing for a while holds
 * nobody up any more: work goes on without the centre, until the spool is full. Does not: count what is still in the pipes.
 */
const maxUnwrittenBytes = 1024 * 1024;
const maxUnansweredBytes = 4 * 1024 * 1024;
const patienceMs = 10_000;

export class Pressure {
  private waiting: (() => void)[] = [];
  private unwrittenBytes = 0;
  private centreSilent = false;
  private diskStuck = false;
  private cancelPatience: CancelTimer | undefined;

  constructor(
    private readonly clock: Pick<Clock, 'setTimer'>,
    private unansweredBytes = 0,
  ) {}

  get heldBytes(): number {
    return this.unansweredBytes;
  }

  /** Nothing has gone to disk for a while, although something should. */
  get stuck(): boolean {
    return this.diskStuck;
  }

  /** Answers a promise where the writer has to wait. */
  taken(bytes: number): Promise<void> | undefined {
    this.unansweredBytes += bytes;
    this.unwrittenBytes += bytes;
    if (this.free) return undefined;
    this.cancelPatience ??= this.clock.setTimer(() => this.giveUp(), patienceMs);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  written(bytes: number): void {
    this.unwrittenBytes -= bytes;
    this.diskStuck = false;
    this.release();
  }

  answered(bytes: number): void {
    this.unansweredBytes -= bytes;
    this.centreSilent = false;
    this.cancelPatience?.();
    this.cancelPatience = this.waiting.length === 0 ? undefined : this.clock.setTimer(() => this.giveUp(), patienceMs);
    this.release();
  }

  close(): void {
    this.cancelPatience?.();
    this.releaseAll();
  }

  private get free(): boolean {
    if (this.unwrittenBytes > maxUnwrittenBytes) return this.diskStuck;
    return this.centreSilent || this.unansweredBytes <= maxUnansweredBytes;
  }

  private giveUp(): void {
    this.cancelPatience = undefined;
    if (this.unwrittenBytes > maxUnwrittenBytes) this.diskStuck = true;
    else this.centreSilent = true;
    this.release();
  }

  private release(): void {
    if (this.free) this.releaseAll();
  }

  private releaseAll(): void {
    this.cancelPatience?.();
    this.cancelPatience = undefined;
    for (const go of this.waiting.splice(0)) go();
  }
}
