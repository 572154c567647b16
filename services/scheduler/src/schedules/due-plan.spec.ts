import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mostRows, planDue, planMissed, type DuePlan, type DueSchedule } from './due-plan.js';
import { dueTimesOf } from './due-times.js';

const minute = 60_000;
const noon = Date.UTC(2026, 5, 1, 12);
const each = (more: Partial<DueSchedule> = {}): DueSchedule => ({
  ...{ cron: '* * * * *', atMs: null, timeZone: 'UTC', startMs: null, untilMs: null, nextDueAtMs: noon },
  ...{ misfire: 'runOnce', misfireLimit: 10, misfireAfterSeconds: 60 },
  ...more,
});
const told = ({ fires, nextDueAtMs }: DuePlan): unknown => [
  fires.map(({ dueAtMs, state }) => `${(dueAtMs - noon) / minute} ${state}`),
  nextDueAtMs === null ? null : (nextDueAtMs - noon) / minute,
];

describe('the plan of what is due', () => {
  it('fires each that is in time', () => {
    expect(told(planDue(each(), noon))).toEqual([['0 due'], 1]);
    expect(told(planDue(each({ misfireAfterSeconds: 600 }), noon + 3 * minute + 1))).toEqual([['0 due', '1 due', '2 due', '3 due'], 4]);
  });

  it('takes a time that is late by exactly as much as is allowed for one in time', () => {
    expect(told(planDue(each(), noon + minute))).toEqual([['0 due', '1 due'], 2]);
    expect(told(planDue(each(), noon + minute + 1))).toEqual([['0 due'], 1]);
  });

  it.each([
    ['skip', ['0 missed', '1 missed', '2 missed', '3 missed', '4 missed']],
    ['runOnce', ['0 missed', '1 missed', '2 missed', '3 missed', '4 due']],
    ['runAll', ['0 missed', '1 missed', '2 missed', '3 due', '4 due']],
  ] as const)('with %s, after nobody was there', (misfire, expected) => {
    const schedule = each({ misfire, misfireLimit: 2 });
    const plan = planDue(schedule, noon + 6 * minute - 1);
    expect(told(plan)).toEqual([expected, 5]);
    expect(plan.fires.at(0)?.reason).toContain('within 60 s');
    expect(told(planDue({ ...schedule, nextDueAtMs: plan.nextDueAtMs ?? 0 }, noon + 6 * minute - 1))).toEqual([['5 due'], 6]);
  });

  it('has the announced due time, even if the zone data of today know another', () => {
    const schedule = each({ nextDueAtMs: noon - 1_000, misfire: 'skip' });
    expect(planMissed(schedule, noon - 500, 'paused').fires.map(({ dueAtMs }) => dueAtMs)).toEqual([noon - 1_000]);
    expect(planDue(schedule, noon + minute + 1).fires.map(({ dueAtMs }) => dueAtMs)).toEqual([noon - 1_000, noon]);
  });

  it('ends with the last due time', () => {
    expect(told(planDue(each({ untilMs: noon }), noon))).toEqual([['0 due'], null]);
    expect(told(planDue(each({ cron: null, atMs: noon }), noon + 10))).toEqual([['0 due'], null]);
    expect(told(planDue(each({ cron: null, atMs: noon, misfire: 'skip' }), noon + 10 * minute))).toEqual([['0 missed'], null]);
  });

  it('counts everything of a pause as missed, and makes up for none of it', () => {
    const plan = planMissed(each({ misfire: 'runAll' }), noon + 2 * minute, 'the schedule was paused');
    expect(told(plan)).toEqual([['0 missed', '1 missed', '2 missed'], 3]);
    expect(plan.fires[1]?.reason).toBe('the schedule was paused');
    expect(told(planMissed(each(), noon - 1, 'the schedule was paused'))).toEqual([[], 0]);
  });

  it('sums up what is too much for the ledger, soon', () => {
    const schedule = each({ cron: '* * * * * *', misfire: 'runAll', misfireLimit: 1_000 });
    const startedAt = performance.now();
    const plan = planDue(schedule, noon + 365 * 86_400_000);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(plan.fires).toHaveLength(mostRows);
    expect(plan.fires[0]).toMatchObject({ dueAtMs: noon, state: 'missed', reason: expect.stringContaining('more than 2000') });
    expect(plan.fires.filter(({ state }) => state === 'due')).toHaveLength(mostRows - 1);
    const some = planDue(schedule, noon + 1_100_000);
    expect(some.fires[0]?.reason).toContain('stands for 41 due times until 2026-06-01T12:00:40');
  });

  it('plans each due time once, in order, whenever it is asked', () => {
    const crons = ['* * * * *', '*/7 * * * *', '*/20 * * * * *', '0 */3 * * *', '30 1-3 * * *'];
    const looks = fc.array(fc.integer({ min: 1, max: 3_600_000 }), { minLength: 1, maxLength: 8 });
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe');
    const start = fc.constantFrom(Date.UTC(2026, 2, 28, 23), Date.UTC(2026, 9, 24, 22), Date.UTC(2026, 3, 4, 12));
    const policy = fc.constantFrom('skip' as const, 'runOnce' as const, 'runAll' as const);
    fc.assert(
      fc.property(fc.constantFrom(...crons), zone, start, policy, looks, (cron, timeZone, from, misfire, pauses) => {
        const first = dueTimesOf(each({ cron, timeZone })).next(from) ?? 0;
        let schedule = each({ cron, timeZone, misfire, nextDueAtMs: first });
        const seen: number[] = [];
        let now = from;
        for (const pause of pauses) {
          now += pause;
          while (schedule.nextDueAtMs <= now) {
            const plan = planDue(schedule, now);
            expect(planDue(schedule, now)).toEqual(plan);
            seen.push(...plan.fires.map(({ dueAtMs }) => dueAtMs));
            schedule = { ...schedule, nextDueAtMs: plan.nextDueAtMs ?? Infinity };
          }
        }
        const expected: number[] = [];
        for (let at = first; at <= now; at = dueTimesOf(schedule).next(at) ?? Infinity) expected.push(at);
        expect(seen).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});
