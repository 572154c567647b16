/**
 * The clocks of a time zone: what they show at an instant, and the instant at which they show something.
 * Promises: an instant for every reading. One that the clocks skip (they are set forward over it) is the end of the skipped time; one that they show
 * twice (they are set back) is the first time. So a later reading is never an earlier instant. Does not: know more of the past and the future than
 * the time zone data of the runtime; nor tell readings apart that are two changes of the clocks within two days.
 *
 * A reading is a number as well: the milliseconds of the unix time at which a clock in UTC shows the same.
 */
export class LocalTime {
  private static readonly known = new Map<string, LocalTime>();
  private readonly format: Intl.DateTimeFormat;
  private readonly offsets = new Map<number, number | null>();

  private constructor(timeZone: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    });
  }

  /** Undefined where there is no such zone. There are some hundred names, so they are kept. */
  static of(timeZone: string): LocalTime | undefined {
    const known = LocalTime.known.get(timeZone);
    if (known !== undefined) return known;
    if (!ianaName.test(timeZone)) return undefined;
    try {
      const made = new LocalTime(timeZone);
      if (LocalTime.known.size < mostKnown) LocalTime.known.set(timeZone, made);
      return made;
    } catch {
      return undefined;
    }
  }

  /** What the clocks show. */
  readingAt(instantMs: number): number {
    return instantMs + this.offsetAt(instantMs);
  }

  /** `reading` is one of whole seconds. */
  instantOf(reading: number): number {
    const [before, after] = [reading - dayMs, reading + dayMs];
    const instants = [reading - this.offsetAt(before), reading - this.offsetAt(after)];
    const shown = instants.filter((instant) => this.readingAt(instant) === reading);
    return shown.length > 0 ? Math.min(...shown) : this.changeBetween(before, after);
  }

  /** The reading at which the clocks stop repeating themselves; undefined where `instantMs` shows nothing for the second time. */
  endOfRepeat(instantMs: number): number | undefined {
    const second = Math.floor(instantMs / 1000) * 1000;
    const first = this.instantOf(this.readingAt(second));
    return first < second ? this.changeBetween(first, second) + this.offsetAt(first) : undefined;
  }

  /** The first instant after `earlier` with the offset of `later`. */
  private changeBetween(earlier: number, later: number): number {
    const offset = this.offsetAt(earlier);
    let [low, high] = [earlier, later];
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000;
      if (this.offsetAt(middle) === offset) low = middle;
      else high = middle;
    }
    return high;
  }

  /** Asked of the runtime for a day at once, as that costs more than all the rest; null for a day on which it changes. */
  private offsetAt(instantMs: number): number {
    const day = Math.floor(instantMs / dayMs);
    let offset = this.offsets.get(day);
    if (offset === undefined) {
      const [first, last] = [this.askedOffset(day * dayMs), this.askedOffset((day + 1) * dayMs)];
      offset = first === last ? first : null;
      if (this.offsets.size >= mostDays) this.offsets.clear();
      this.offsets.set(day, offset);
    }
    return offset ?? this.askedOffset(instantMs);
  }

  private askedOffset(instantMs: number): number {
    const [month, day, year, hour, minute, second] = this.format.format(instantMs).split(separators).map(Number);
    return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) - Math.floor(instantMs / 1000) * 1000;
  }
}

const dayMs = 86_400_000;
const separators = /[^0-9]+/;
const mostKnown = 1_000;
const mostDays = 1_000;
/** An offset such as `+01:00` is no zone: it does not know when clocks are set. */
const ianaName = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;
