import type { VirtualTime } from './virtual-time.fixture.js';

/**
 * A process of the simulation: it is started, killed, frozen and thawed, and its clock is its own. What is due for it while it is frozen happens
 * when it thaws, in order; what was due in an earlier life never happens.
 */
const epochOfTimeMs = 1_700_000_000_000;

export class SimulatedProcess {
  alive = false;
  frozen = false;
  private life = 0;
  private wallOffsetMs = 0;
  private backlog: (() => void)[] = [];

  /** `rate`: how fast its clocks run, 1 being right. */
  constructor(
    readonly time: VirtualTime,
    readonly rate: number,
  ) {}

  start(): void {
    this.kill();
    this.alive = true;
  }

  kill(): void {
    this.alive = false;
    this.frozen = false;
    this.life++;
    this.backlog = [];
  }

  freeze(): void {
    this.frozen = this.alive;
  }

  thaw(): void {
    if (!this.frozen) return;
    this.frozen = false;
    for (const work of this.backlog.splice(0)) this.run(work);
  }

  /** Never goes back, whatever the wall clock does; goes on while the process is frozen. */
  monotonicMs(): number {
    return this.time.nowMs * this.rate;
  }

  wallMs(): number {
    return epochOfTimeMs + this.monotonicMs() + this.wallOffsetMs;
  }

  stepWall(byMs: number): void {
    this.wallOffsetMs += byMs;
  }

  run(work: () => void): void {
    if (!this.alive) return;
    if (this.frozen) this.backlog.push(work);
    else work();
  }

  /** By its own clock. Answers how to call it off. */
  after(delayMs: number, work: () => void): () => void {
    const { life } = this;
    let wanted = true;
    this.time.later(delayMs / this.rate, () => {
      if (life === this.life) this.run(() => wanted && work());
    });
    return () => {
      wanted = false;
    };
  }
}
