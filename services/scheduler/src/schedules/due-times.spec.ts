import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dueTimesOf, faultOfCron, type DueTimes, type Timing } from './due-times.js';
import { LocalTime } from './local-time.js';

const timing = (cron: string, timeZone = 'UTC', more: Partial<Timing> = {}): Timing => ({
  ...{ cron, timeZone, atMs: null, startMs: null, untilMs: null },
  ...more,
});
const after = (times: DueTimes, from: string, count: number): string[] => {
  const found: string[] = [];
  for (let due = times.next(Date.parse(from)); due !== null && found.length < count; due = times.next(due)) {
    found.push(new Date(due).toISOString().replace('.000Z', 'Z'));
  }
  return found;
};

/** What the clocks show, second by second, by nothing of the code under test. */
const shownAt = (timeZone: string): ((instantMs: number) => number) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (instantMs) => Date.parse(`${format.format(instantMs).replace(' ', 'T')}Z`);
};

describe('due times around changes of the clocks', () => {
  it.each([
    ['Europe/Berlin', 'skipped', '30 2 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z']],
    ['Europe/Berlin', 'doubled', '30 2 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z']],
    ['America/New_York', 'skipped', '0 15 2 * * *', '2026-03-07T12:00:00Z', ['2026-03-08T07:00:00Z', '2026-03-09T06:15:00Z']],
    ['America/New_York', 'doubled', '15 1 * * *', '2026-10-31T12:00:00Z', ['2026-11-01T05:15:00Z', '2026-11-02T06:15:00Z']],
    ['Australia/Lord_Howe', 'skipped half hour', '15 2 * * *', '2026-10-03T12:00:00Z', ['2026-10-03T15:30:00Z', '2026-10-04T15:15:00Z']],
    ['Australia/Lord_Howe', 'doubled half hour', '45 1 * * *', '2026-04-04T12:00:00Z', ['2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z']],
    ['Pacific/Apia', 'skipped day', '30 2 * * *', '2011-12-29T20:00:00Z', ['2011-12-30T10:00:00Z', '2011-12-30T12:30:00Z']],
    ['Pacific/Chatham', 'skipped', '0 3 * * *', '2026-09-26T01:00:00Z', ['2026-09-26T14:00:00Z', '2026-09-27T13:15:00Z']],
    ['Pacific/Chatham', 'doubled', '0 3 * * *', '2026-04-04T01:00:00Z', ['2026-04-04T13:15:00Z', '2026-04-05T14:15:00Z']],
    ['Antarctica/Troll', 'two skipped hours', '30 1,2 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T01:00:00Z', '2026-03-29T23:30:00Z']],
    ['Antarctica/Troll', 'two doubled hours', '30 2 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T00:30:00Z', '2026-10-26T02:30:00Z']],
    ['America/Sao_Paulo', 'skipped midnight', '0 0 * * *', '2018-11-03T12:00:00Z', ['2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z']],
    ['America/Sao_Paulo', 'doubled evening', '30 23 * * *', '2019-02-16T12:00:00Z', ['2019-02-17T01:30:00Z', '2019-02-18T02:30:00Z']],
    ['Africa/Casablanca', 'doubled before Ramadan', '30 2 * * *', '2026-02-14T12:00:00Z', ['2026-02-15T01:30:00Z', '2026-02-16T02:30:00Z']],
    ['Africa/Casablanca', 'skipped after Ramadan', '30 2 * * *', '2026-03-21T12:00:00Z', ['2026-03-22T02:00:00Z', '2026-03-23T01:30:00Z']],
    ['America/Havana', 'skipped midnight', '0 0 * * *', '2026-03-07T12:00:00Z', ['2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z']],
    ['America/St_Johns', 'doubled', '30 1 * * *', '2026-10-31T12:00:00Z', ['2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z']],
    ['Asia/Seoul', 'nothing', '30 2 * * *', '2026-03-28T12:00:00Z', ['2026-03-28T17:30:00Z', '2026-03-29T17:30:00Z']],
  ])('%s, %s: %s', (timeZone, _what, cron, from, expected) => {
    expect(after(dueTimesOf(timing(cron, timeZone)), from, 2)).toEqual(expected);
  });

  it('of what is due each half hour: all that is skipped together with the end, and nothing in the repeated hour', () => {
    const times = dueTimesOf(timing('*/30 * * * *', 'Europe/Berlin'));
    const spring = ['2026-03-29T00:30:00Z', '2026-03-29T01:00:00Z', '2026-03-29T01:30:00Z'];
    const autumn = ['2026-10-25T00:00:00Z', '2026-10-25T00:30:00Z', '2026-10-25T02:00:00Z', '2026-10-25T02:30:00Z'];
    expect(after(times, '2026-03-29T00:00:00Z', 3)).toEqual(spring);
    expect(after(times, '2026-10-24T23:30:00Z', 4)).toEqual(autumn);
  });

  it('are the same from any instant of the repeated hour', () => {
    const times = dueTimesOf(timing('* * * * * *', 'Europe/Berlin'));
    for (const from of ['2026-10-25T01:00:00Z', '2026-10-25T01:10:00Z', '2026-10-25T01:59:59Z']) {
      expect(after(times, from, 1)).toEqual(['2026-10-25T02:00:00Z']);
    }
    expect(times.previous(Date.parse('2026-10-25T01:30:00Z'))).toBe(Date.parse('2026-10-25T00:59:59Z'));
  });

  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'Pacific/Chatham', 'Antarctica/Troll'];
  const more = ['America/Sao_Paulo', 'Africa/Casablanca', 'Europe/Dublin', 'Asia/Tehran', 'Africa/Cairo', 'Asia/Kathmandu'];

  it.each([...zones, ...more])(
    'in %s: an instant for each reading of the clocks, by a look at every quarter of an hour around their changes',
    (timeZone) => {
      const local = LocalTime.of(timeZone);
      const shown = shownAt(timeZone);
      const [stepMs, dayMs] = [900_000, 86_400_000];
      for (const year of [2011, 2018, 2022, 2026]) {
        for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += dayMs) {
          if (shown(day + dayMs) - shown(day) === dayMs) continue;
          let latest = shown(day - 7_200_000);
          for (let instant = day - 7_200_000 + stepMs; instant < day + dayMs + 7_200_000; instant += stepMs) {
            const reading = shown(instant);
            // What was skipped is due at the instant at which the clocks show more than they have.
            for (let each = latest + stepMs; each <= reading; each += stepMs)
              expect([each, local?.instantOf(each)]).toEqual([each, instant]);
            latest = Math.max(latest, reading);
          }
        }
      }
    },
  );

  const field = (low: number, high: number): fc.Arbitrary<string> =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: low, max: high }).map(String),
      fc.integer({ min: 2, max: 20 }).map((step) => `*/${Math.min(step, high)}`),
      fc.uniqueArray(fc.integer({ min: low, max: high }), { minLength: 1, maxLength: 3 }).map((each) => each.join(',')),
    );
  const cron = fc
    .tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
    .map((fields) => fields.join(' '));
  const instant = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2036, 0, 1) });

  it('are strictly increasing, the same forwards and backwards, and from wherever they are asked', () => {
    fc.assert(
      fc.property(
        cron,
        fc.constantFrom(...zones, ...more),
        instant,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (text, timeZone, from, part) => {
          const times = dueTimesOf(timing(text, timeZone));
          const forwards: number[] = [];
          for (let due = times.next(from); due !== null && forwards.length < 12; due = times.next(due)) forwards.push(due);
          const backwards: number[] = [];
          let before: number | null = (forwards.at(-1) ?? from) + 1;
          while ((before = times.previous(before)) !== null && before > from) backwards.unshift(before);
          expect(backwards).toEqual(forwards);
          for (const [index, due] of forwards.entries()) {
            const previous = forwards[index - 1] ?? from;
            expect(due).toBeGreaterThan(previous);
            expect(times.next(previous + Math.floor((due - 1 - previous) * part))).toBe(due);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are what a look at every minute says', () => {
    const changes = [
      '2026-03-29T00:00:00Z',
      '2026-10-25T00:00:00Z',
      '2026-04-04T13:30:00Z',
      '2026-10-03T14:30:00Z',
      '2018-11-04T02:00:00Z',
    ];
    const minute = fc.tuple(field(0, 59), field(0, 23)).map((fields) => `0 ${fields.join(' ')} * * *`);
    fc.assert(
      fc.property(minute, fc.constantFrom(...zones, ...more), fc.constantFrom(...changes), (text, timeZone, from) => {
        const [shown, wall] = [shownAt(timeZone), dueTimesOf(timing(text))];
        const [startMs, endMs] = [Date.parse(from), Date.parse(from) + 4 * 3_600_000];
        const expected: number[] = [];
        let latest = shown(startMs);
        for (let at = startMs + 60_000; at <= endMs; at += 60_000) {
          const reading = shown(at);
          const match = reading > latest ? wall.next(latest) : null;
          if (match !== null && match <= reading) expected.push(at);
          latest = Math.max(latest, reading);
        }
        const times = dueTimesOf(timing(text, timeZone));
        const found: number[] = [];
        for (let due = times.next(startMs); due !== null && due <= endMs; due = times.next(due)) found.push(due);
        expect(found).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});

describe('due times', () => {
  it('are between start and until, both included', () => {
    const more = { startMs: Date.parse('2026-01-02T00:00:00Z'), untilMs: Date.parse('2026-01-03T00:00:00Z') };
    const times = dueTimesOf(timing('0 0 * * *', 'UTC', more));
    expect(after(times, '2025-01-01T00:00:00Z', 9)).toEqual(['2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z']);
    expect(times.previous(Date.parse('2030-01-01T00:00:00Z'))).toBe(more.untilMs);
    expect(times.previous(more.startMs)).toBeNull();
  });

  it('are one, to the millisecond, where a time is given', () => {
    const atMs = Date.parse('2026-01-02T00:00:00.123Z');
    const times = dueTimesOf({ cron: null, atMs, timeZone: 'UTC', startMs: null, untilMs: null });
    expect([times.next(atMs - 1), times.next(atMs), times.previous(atMs + 1), times.previous(atMs)]).toEqual([atMs, null, atMs, null]);
  });

  it('need not exist', () => {
    expect(dueTimesOf(timing('0 0 30 2 *')).next(Date.parse('2026-01-01T00:00:00Z'))).toBeNull();
  });

  it.each(['@daily', '* * * *', '61 * * * *', 'x', '0 0 0 1 1 * 2027', '5/5 * * * *', ''])('%j is refused', (text) => {
    expect(faultOfCron(text)).toMatch(/./);
  });

  it.each(['* * * * *', '*/5 0-12 1,15 jan-mar MON', ' 0 0 12 * * 7 ', '0 0 L * *'])('%j is understood', (text) => {
    expect(faultOfCron(text)).toBeUndefined();
  });

  it.each(['Asia/Seoul', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])('%s is a time zone', (name) => {
    expect(LocalTime.of(name)).toBeDefined();
  });

  it.each(['Mars/Olympus', '+01:00', '', 'Asia/Seoul; DROP'])('%j is none', (name) => {
    expect(LocalTime.of(name)).toBeUndefined();
  });
});
