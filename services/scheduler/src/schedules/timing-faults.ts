import type { Fault } from '@klevr/contracts/errors';
import { dueTimesOf, faultOfCron, type Timing } from './due-times.js';
import { LocalTime } from './local-time.js';

/** What is wrong with when a schedule is to be due, all of it; else its first due time from now on. */
export type CheckedTiming = { readonly faults: readonly Fault[] } | { readonly firstDueAtMs: number };

/** A single time that has just passed, by no more than `lateMs`, is still due. */
export const checkTiming = (timing: Timing, nowMs: number, lateMs: number): CheckedTiming => {
  const faults: Fault[] = [];
  const { cron, atMs, timeZone, startMs, untilMs } = timing;
  const cronFault = cron === null ? undefined : faultOfCron(cron);
  if (cronFault !== undefined) faults.push({ path: 'cron', message: cronFault });
  if (LocalTime.of(timeZone) === undefined) faults.push({ path: 'timeZone', message: `there is no time zone ${JSON.stringify(timeZone)}` });
  if (startMs !== null && untilMs !== null && startMs > untilMs) faults.push({ path: 'until', message: 'must not be before `start`' });
  if (faults.length > 0) return { faults };
  const firstDueAtMs = dueTimesOf(timing).next(atMs === null ? nowMs : nowMs - lateMs - 1);
  if (firstDueAtMs !== null) return { firstDueAtMs };
  if (dueTimesOf({ ...timing, startMs: null, untilMs: null }).next(atMs === null ? nowMs : nowMs - lateMs - 1) !== null) {
    return { faults: [{ path: untilMs === null ? 'start' : 'until', message: 'nothing is due from now on between `start` and `until`' }] };
  }
  const fault = atMs === null ? { path: 'cron', message: 'is never due' } : { path: 'at', message: 'has passed' };
  return { faults: [fault] };
};
