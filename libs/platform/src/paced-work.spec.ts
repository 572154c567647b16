import { describe, expect, it } from '@jest/globals';
import { FakeClock } from './fake-clock.js';
import type { Log } from './log.js';
import { PacedWork } from './paced-work.js';

describe('work that comes again and again', () => {
  const workOf = (pass: (work: PacedWork) => Promise<void>): { work: PacedWork; clock: FakeClock; warned: string[] } => {
    const [clock, warned] = [new FakeClock(), [] as string[]];
    const log = { warn: (_: object, message: string) => void warned.push(message) } as unknown as Log;
    const work: PacedWork = new PacedWork({ clock, log, firstAfterMs: 100, everyMs: 1_000, pass: () => pass(work), failure: 'it failed' });
    work.start();
    return { work, clock, warned };
  };

  it('begins after its first pause, and then a while after each pass, a failed one too', async () => {
    const begun: number[] = [];
    const { clock, warned, work } = workOf(() => {
      begun.push(clock.monotonicMs());
      return begun.length === 1 ? Promise.reject(new Error('away')) : Promise.resolve();
    });
    const startedMs = clock.monotonicMs();
    await clock.advanceAsync(99);
    expect(begun).toEqual([]);
    await clock.advanceAsync(1);
    await clock.advanceAsync(1_000);
    await clock.advanceAsync(1_000);
    expect(begun.map((at) => at - startedMs)).toEqual([100, 1_100, 2_100]);
    expect(warned).toEqual(['it failed']);
    await work.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('rests for as long as a piece took, a second at most', async () => {
    const rested: number[] = [];
    const { clock, work } = workOf(async (self) => {
      self.begin();
      for (const tookMs of [30, 5_000]) {
        clock.advance(tookMs);
        const before = clock.monotonicMs();
        await self.rest();
        rested.push(clock.monotonicMs() - before);
      }
    });
    for (let turn = 0; turn < 120; turn += 1) await clock.advanceAsync(10);
    expect(rested).toEqual([30, 1_000]);
    await work.stop();
  });

  it('waits at its stop for the pass that is under way, which hears of it', async () => {
    let end: () => void = () => undefined;
    const { clock, work } = workOf(() => new Promise((resolve) => (end = resolve)));
    await clock.advanceAsync(100);
    let stopped = false;
    const stopping = work.stop().then(() => (stopped = true));
    await clock.advanceAsync(10);
    expect([work.stopped, stopped]).toEqual([true, false]);
    end();
    await stopping;
    await clock.advanceAsync(5_000);
    expect(clock.pendingTimers).toBe(0);
  });
});
