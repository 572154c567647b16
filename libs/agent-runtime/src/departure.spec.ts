import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { Departure } from './departure.js';
import type { DepartureKind } from './departure-request.js';
import { KeptLog } from './kept-log.fixture.js';

const by = { runId: 'run_own', attempt: 1 };

const setting = (): {
  clock: FakeClock;
  said: string[];
  departure: Departure;
  store: () => void;
  endRuns: () => void;
  at: (what: string) => number | undefined;
} => {
  const clock = new FakeClock();
  const said: string[] = [];
  const times = new Map<string, number>();
  const note = (what: string): void => (said.push(what), void times.set(what, clock.monotonicMs()));
  let [store, endRuns] = [(): void => undefined, (): void => undefined];
  const stored = new Promise<void>((resolve) => (store = () => (note('own run stored'), resolve())));
  const idle = new Promise<void>((resolve) => (endRuns = () => (note('others ended'), resolve())));
  const departure = new Departure({
    journal: { stored: () => stored },
    runs: { idle: () => idle, stopAll: (graceMs: number) => (note(`others are ended in ${graceMs} ms`), idle) },
    takeNoMore: () => note('takes no more'),
    leave: () => Promise.resolve(note('goodbye')),
    end: (kind: DepartureKind) => Promise.resolve(note(`end: ${kind}`)),
    clock,
    log: new KeptLog(),
  });
  return { clock, said, departure, store: () => store(), endRuns: () => endRuns(), at: (what) => times.get(what) };
};

describe('the departure of an agent', () => {
  it('takes no more at once, leaves when its own run is stored and ends when the others have ended', async () => {
    const { clock, said, departure, store, endRuns } = setting();
    departure.begin({ kind: 'shutdown', waitMs: 60_000, by });
    await clock.advanceAsync(1_000);
    expect(said).toEqual(['takes no more']);
    store();
    await clock.advanceAsync(1_000);
    expect(said.slice(1)).toEqual(['own run stored', 'goodbye']);
    endRuns();
    await clock.advanceAsync(0);
    expect(said.slice(3)).toEqual(['others ended', 'end: shutdown']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits for the others no longer than it was told', async () => {
    const { clock, departure, store, at } = setting();
    departure.begin({ kind: 'restart', waitMs: 60_000, by });
    await clock.advanceAsync(20_000);
    store();
    await clock.advanceAsync(100_000);
    expect(at('end: restart')).toBe(60_000);
  });

  it('goes without an answer where the centre gives none, but gives it a moment', async () => {
    const { clock, departure, at } = setting();
    departure.begin({ kind: 'shutdown', waitMs: 0, by });
    await clock.advanceAsync(60_000);
    expect([at('goodbye'), at('end: shutdown')]).toEqual([5_000, 5_000]);
  });

  it('ends what runs at once where it is forced, while its own run is stored', async () => {
    const { clock, said, departure, store, endRuns } = setting();
    departure.begin({ kind: 'force', waitMs: 0, by });
    await clock.advanceAsync(0);
    expect(said).toEqual(['takes no more', 'others are ended in 0 ms']);
    endRuns();
    store();
    await clock.advanceAsync(0);
    expect(said.slice(-2)).toEqual(['goodbye', 'end: force']);
  });

  it('begins once', async () => {
    const { clock, said, departure, store, endRuns } = setting();
    departure.begin({ kind: 'shutdown', waitMs: 0, by });
    departure.begin({ kind: 'restart', waitMs: 0, by });
    store();
    endRuns();
    await clock.advanceAsync(10_000);
    expect(said.filter((what) => what.startsWith('end'))).toEqual(['end: shutdown']);
  });
});
