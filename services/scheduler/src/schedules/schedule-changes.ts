import { isDeepStrictEqual } from 'node:util';
import type { UpdateSchedule } from '@klevr/contracts/schedule';
import type { ScheduleFields } from '../tables/schedule.entity.js';
import type { Timing } from './due-times.js';
import { dateOf, msOf } from './fire-work.js';
import { withSecrets, withoutSecrets } from './callback-secrets.js';

const timed = ['cron', 'at', 'timeZone', 'start', 'until'] as const;

export const changesTiming = (changes: UpdateSchedule): boolean => timed.some((name) => changes[name] !== undefined);

export const timingOf = ({ cron, at, timeZone, startAt, untilAt }: ScheduleFields): Timing => ({
  ...{ cron, timeZone, atMs: msOf(at), startMs: msOf(startAt), untilMs: msOf(untilAt) },
});

/** The row with what was asked; `cron` and `at` take each other's place. Does not touch what follows from it. */
export const changed = (row: ScheduleFields, changes: UpdateSchedule): ScheduleFields => {
  const { task, cron, at, start, until, ...plain } = changes;
  const next: ScheduleFields = Object.assign({ ...row }, plain);
  if (task !== undefined) next.task = withSecrets(task, row.task);
  if (cron !== undefined) Object.assign(next, { cron, at: null });
  if (at !== undefined) Object.assign(next, { cron: null, at: new Date(at) });
  if (start !== undefined) next.startAt = dateOf(start === null ? null : Date.parse(start));
  if (until !== undefined) next.untilAt = dateOf(until === null ? null : Date.parse(until));
  return next;
};

const told = (row: ScheduleFields): Record<string, unknown> => {
  const { name, cron, at, timeZone, startAt, untilAt, misfire, misfireLimit, misfireAfterSeconds, overlap, feedResult, status } = row;
  const times = { at: at?.toISOString() ?? null, start: startAt?.toISOString() ?? null, until: untilAt?.toISOString() ?? null };
  return { name, cron, ...times, timeZone, misfire, misfireLimit, misfireAfterSeconds, overlap, feedResult, status };
};

/** What is another now, for people who read the event; of the task only that it is another. */
export const differencesOf = (before: ScheduleFields, next: ScheduleFields): Record<string, unknown> => {
  const [old, now] = [told(before), told(next)];
  const names = Object.keys(now).filter((name) => old[name] !== now[name]);
  const found: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, { from: old[name], to: now[name] }]));
  return isDeepStrictEqual(withoutSecrets(before.task), withoutSecrets(next.task)) ? found : { ...found, task: 'changed' };
};
