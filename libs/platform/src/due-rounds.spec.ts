import { beforeEach, describe, expect, it } from '@jest/globals';
import { DueRounds } from './due-rounds.js';
import { FakeClock } from './fake-clock.js';
import type { Log } from './log.js';

describe('rounds of what is due', () => {
  const told: string[] = [];
  const log = { warn: (_: object, text: string) => void told.push(text) } as unknown as Log;
  let clock: FakeClock;
  let rounds: DueRounds;
  let work: () => Promise<Date | undefined>;
  let count = 0;
  beforeEach(() => {
    [clock, count] = [new FakeClock(), 0];
    told.length = 0;
    work = () => Promise.resolve(undefined);
    const round = (): Promise<Date | undefined> => ((count += 1), work());
    rounds = new DueRounds({ clock, log, periodMs: 5_000, round, failure: 'it failed' });
  });

  it('come when they are woken, when something is due, and after the period', async () => {
    await clock.advanceAsync(60_000);
    expect(count).toBe(0);
    work = () => Promise.resolve(new Date(clock.nowMs() + 700));
    rounds.wake();
    await clock.advanceAsync(699);
    expect(count).toBe(1);
    work = () => Promise.resolve(undefined);
    await clock.advanceAsync(1);
    expect(count).toBe(2);
    await clock.advanceAsync(4_999);
    expect(count).toBe(2);
    await clock.advanceAsync(1);
    expect(count).toBe(3);
  });

  it('do not overlap, and follow for whoever woke during one', async () => {
    let end = (): void => undefined;
    work = () => new Promise((resolve) => (end = () => resolve(undefined)));
    rounds.wake();
    await clock.advanceAsync(0);
    rounds.wake();
    rounds.wake();
    await clock.advanceAsync(10);
    expect(count).toBe(1);
    end();
    await clock.advanceAsync(10);
    expect(count).toBe(2);
    end();
    await clock.advanceAsync(10);
    expect(count).toBe(2);
  });

  it('come again after one that failed, which is told, and not after the stop', async () => {
    work = () => Promise.reject(new Error('away'));
    rounds.wake();
    await clock.advanceAsync(5_000);
    expect([count, told]).toEqual([2, ['it failed', 'it failed']]);
    await rounds.stop();
    rounds.wake();
    await clock.advanceAsync(60_000);
    expect(count).toBe(2);
  });
});
