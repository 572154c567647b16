import type { ProbeResult } from './liveness-machine.js';

/** Many may have to be asked at once; each answer takes up to a second. */
const atOnce = 200;

/** Runs probes, so many at once and the others in order. What waits is bounded by the number of agents: each is asked once at a time. */
export class ProbeQueue {
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private stopped = false;

  ask(probe: () => Promise<ProbeResult>, answered: (answer: ProbeResult) => void): void {
    this.waiting.push(() => {
      void probe()
        .catch((): ProbeResult => 'unknown')
        .then((answer) => {
          this.running--;
          if (this.stopped) return;
          answered(answer);
          this.next();
        });
    });
    this.next();
  }

  stop(): void {
    this.stopped = true;
    this.waiting.length = 0;
  }

  private next(): void {
    while (this.running < atOnce) {
      const start = this.waiting.shift();
      if (start === undefined) return;
      this.running++;
      start();
    }
  }
}
