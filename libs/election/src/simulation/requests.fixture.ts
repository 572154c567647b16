import type { SimulatedProcess } from './process.fixture.js';

/** Why a request ended: `lost` with its connection, which answers nobody any more. */
export type Ending = 'answered' | 'late' | 'lost';

/** The requests of one process that wait for an answer. Each ends once. */
export class Requests {
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly process: SimulatedProcess,
    private readonly onIdle: () => void = () => undefined,
  ) {}

  get idle(): boolean {
    return this.waiting.size === 0;
  }

  start<T>(send: (reply: (answer: T) => void) => void, timeoutMs: number, done: (answer: T | undefined, ending: Ending) => void): void {
    let over = false;
    const end = (answer: T | undefined, ending: Ending): void => {
      if (over) return;
      over = true;
      cancel();
      this.waiting.delete(lose);
      done(answer, ending);
      if (this.idle) this.onIdle();
    };
    const lose = (): void => end(undefined, 'lost');
    const cancel = this.process.after(timeoutMs, () => end(undefined, 'late'));
    this.waiting.add(lose);
    send((answer) => end(answer, 'answered'));
  }

  /** The connection is gone. */
  lose(): void {
    for (const lose of [...this.waiting]) lose();
  }

  /** The process is another one now. */
  forget(): void {
    this.waiting.clear();
  }
}
