import type { Actor } from '@klevr/contracts/contract';
import type { Fire, TaskTemplate } from '@klevr/contracts/schedule';
import type { ScheduleFields } from '../tables/schedule.entity.js';
import type { DueSchedule } from './due-plan.js';

/** A fire that this replica has in hand: its task is to be made. */
export interface FireWork {
  readonly fireId: string;
  readonly scheduleId: string;
  readonly zoneId: string;
  readonly dueAt: Date;
  readonly trigger: Fire['trigger'];
  /** How often its task could not be made before. */
  readonly tries: number;
  readonly task: TaskTemplate;
  readonly overlap: ScheduleFields['overlap'];
  readonly feedResult: boolean;
  readonly actor: Actor;
}

/** What became of a fire, for good. */
export type FireEnd =
  | { readonly state: 'fired'; readonly taskId: string }
  | { readonly state: 'skipped' | 'failed'; readonly reason: string; readonly taskId: string | null };

/** Longer than a replica tries; after it, a fire of one that died is anybody's. Should both try, the task is made once all the same. */
const leaseMs = 5_000;

export const leaseEnd = (now: Date): Date => new Date(now.getTime() + leaseMs);

export const creatorOf = ({ createdBy, createdById }: ScheduleFields): Actor => ({ userId: createdById, username: createdBy });

/** The schedule as its due times are planned; undefined where nothing will be due. */
export const dueScheduleOf = (row: ScheduleFields): DueSchedule | undefined => {
  const { cron, timeZone, nextDueAt, misfire, misfireLimit, misfireAfterSeconds } = row;
  if (nextDueAt === null) return undefined;
  const times = { atMs: msOf(row.at), startMs: msOf(row.startAt), untilMs: msOf(row.untilAt), nextDueAtMs: nextDueAt.getTime() };
  return { cron, timeZone, misfire, misfireLimit, misfireAfterSeconds, ...times };
};

export const msOf = (at: Date | null): number | null => at?.getTime() ?? null;
export const dateOf = (atMs: number | null): Date | null => (atMs === null ? null : new Date(atMs));
