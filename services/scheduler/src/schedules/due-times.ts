import { Cron } from 'croner';
import { LocalTime } from './local-time.js';

/**
 * When a schedule is due, as a function of nothing but its definition.
 * Promises: due times are whole seconds for a cron; `next` and `previous` walk the same strictly increasing sequence; nothing is before `start` or
 * after `until`. A due time that the clocks of its zone skip is due once, at the end of the skipped time, together with whatever else is due then;
 * one that they show twice is due once, the first time. That holds for every expression: one that is due each minute is not due in the repeated hour.
 * Does not: use the library's own time zones, which run expressions with `*` twice and leave out what is skipped; it matches calendar fields only.
 */
export interface Timing {
  readonly cron: string | null;
  readonly atMs: number | null;
  readonly timeZone: string;
  readonly startMs: number | null;
  readonly untilMs: number | null;
}

export interface DueTimes {
  /** The first due time after this instant. */
  next(afterMs: number): number | null;
  /** The last due time before this instant. */
  previous(beforeMs: number): number | null;
}

const mode = '5-or-6-parts';
/** Nicknames are refused: the fields say more, and `@reboot` means nothing here. */
const nickname = /^\s*@/;

/** What is wrong with an expression, for people; undefined where it can be read. Of one that can never be due nothing is said here. */
export const faultOfCron = (text: string): string | undefined => {
  if (nickname.test(text)) return 'must have five or six fields, not a nickname';
  try {
    calendarOf(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : 'cannot be read';
  }
};

export const dueTimesOf = (timing: Timing): DueTimes => {
  const { startMs, untilMs } = timing;
  const [first, last] = [startMs ?? -Infinity, untilMs ?? Infinity];
  const all = timing.cron === null ? oneTime(timing.atMs) : recurring(timing.cron, timing.timeZone);
  const within = (due: number | null): number | null => (due !== null && due >= first && due <= last ? due : null);
  return {
    next: (afterMs) => within(all.next(Math.max(afterMs, first - 1))),
    previous: (beforeMs) => within(all.previous(Math.min(beforeMs, last + 1))),
  };
};

const oneTime = (atMs: number | null): DueTimes => ({
  next: (afterMs) => (atMs !== null && atMs > afterMs ? atMs : null),
  previous: (beforeMs) => (atMs !== null && atMs < beforeMs ? atMs : null),
});

const calendarOf = (cron: string): Cron => new Cron(cron.trim(), { mode, utcOffset: 0 });

const recurring = (cron: string, timeZone: string): DueTimes => {
  const calendar = calendarOf(cron);
  const local = LocalTime.of(timeZone);
  if (local === undefined) throw new RangeError(`there is no time zone ${timeZone}`);
  const matchAfter = (reading: number): number | null => calendar.nextRun(new Date(reading))?.getTime() ?? null;
  const matchBefore = (reading: number): number | null => calendar.previousRuns(1, new Date(reading))[0]?.getTime() ?? null;
  return {
    next(afterMs) {
      const match = matchAfter(local.readingAt(afterMs));
      const due = match === null ? null : local.instantOf(match);
      if (due === null || due > afterMs) return due;
      // The clocks show this for the second time: what they repeat has been due.
      const later = matchAfter((local.endOfRepeat(afterMs) ?? local.readingAt(afterMs)) - 1000);
      return later === null ? null : local.instantOf(later);
    },
    previous(beforeMs) {
      const before = Math.ceil(beforeMs / 1000) * 1000;
      const match = matchBefore(local.endOfRepeat(before) ?? local.readingAt(before));
      const due = match === null ? null : local.instantOf(match);
      if (due === null || due < beforeMs) return due;
      // The clocks have skipped this until now: what came before they were set counts.
      const earlier = matchBefore(local.readingAt(due - 1000) + 1000);
      return earlier === null ? null : local.instantOf(earlier);
    },
  };
};
