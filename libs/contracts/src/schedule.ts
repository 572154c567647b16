import { z } from 'zod';
import { FireId, ScheduleId, TaskId, Timestamp, ZoneId } from './ids.js';
import { CreateTask } from './task.js';

/**
 * A cron or one-shot time at which a task is made. Promises of the ledger: each due time is there once, and has at most one task.
 *
 * Daylight saving: a due time in the hour that the clock skips is due once, at the end of that hour; one in the hour that comes twice is due once, the first time.
 * That holds for every expression: one that is due each minute is not due in the repeated hour.
 *
 * Misfire is about times without a scheduler. What was due while the schedule was paused is missed as well, and is never made up for.
 */
export const misfirePolicies = ['skip', 'runOnce', 'runAll'] as const;
export const overlapPolicies = ['skip', 'queue', 'cancelPrevious'] as const;

export const TaskTemplate = CreateTask.omit({ schedule: true }).strict().meta({ id: 'TaskTemplate' });
export type TaskTemplate = z.infer<typeof TaskTemplate>;

const fields = {
  name: z.string().min(1).max(200),
  cron: z.string().min(1).max(200).describe('five fields (minute, hour, day of month, month, day of week) or six (second first)'),
  at: Timestamp.describe('the one time'),
  timeZone: z.string().min(1).max(64).describe('IANA name, such as Asia/Seoul'),
  start: Timestamp.nullable().describe('nothing is due before'),
  until: Timestamp.nullable().describe('nothing is due after'),
  misfire: z
    .enum(misfirePolicies)
    .describe(
      'what becomes of due times that passed while no scheduler was there: none is made up for, the last one, or each within `misfireLimit`',
    ),
  misfireLimit: z.number().int().min(1).max(1_000).describe('with `runAll`: so many of the last missed ones'),
  misfireAfterSeconds: z.number().min(1).max(86_400).describe('a due time that is later than this counts as missed'),
  overlap: z
    .enum(overlapPolicies)
    .describe('when the task of the due time before is still open: leave this one out, let it wait, or cancel that one'),
  feedResult: z.boolean().describe('each task gets the output of the one before as TASK_RESULT and KLEVR_PREVIOUS of its first step'),
};

export const CreateSchedule = z
  .strictObject({
    name: fields.name,
    task: TaskTemplate,
    cron: fields.cron.optional(),
    at: fields.at.optional(),
    timeZone: fields.timeZone.default('UTC'),
    start: fields.start.default(null),
    until: fields.until.default(null),
    misfire: fields.misfire.default('runOnce'),
    misfireLimit: fields.misfireLimit.default(10),
    misfireAfterSeconds: fields.misfireAfterSeconds.default(60),
    overlap: fields.overlap.default('skip'),
    feedResult: fields.feedResult.default(false),
    runAtOnce: z.boolean().default(false).describe('a first task is made right now, besides the due times'),
    paused: z.boolean().default(false),
  })
  .refine(({ cron, at }) => (cron === undefined) !== (at === undefined), {
    path: ['cron'],
    error: 'exactly one of `cron` and `at` must be given',
  })
  .meta({
    id: 'CreateSchedule',
    oneOf: [{ required: ['cron'] }, { required: ['at'] }],
    examples: [
      {
        name: 'nightly',
        cron: '30 2 * * *',
        timeZone: 'Europe/Berlin',
        task: { name: 'rotate-logs', zone: 'demo', target: { all: '' }, steps: [{ name: 'rotate', run: 'logrotate /etc/logrotate.conf' }] },
      },
    ],
  });
export type CreateSchedule = z.infer<typeof CreateSchedule>;

/** `PATCH /schedules/{id}`: what is not given stays. Due times that are in the ledger already stay as they are. */
export const UpdateSchedule = z
  .strictObject({
    name: fields.name.optional(),
    task: TaskTemplate.optional(),
    cron: fields.cron.optional(),
    at: fields.at.optional(),
    timeZone: fields.timeZone.optional(),
    start: fields.start.optional(),
    until: fields.until.optional(),
    misfire: fields.misfire.optional(),
    misfireLimit: fields.misfireLimit.optional(),
    misfireAfterSeconds: fields.misfireAfterSeconds.optional(),
    overlap: fields.overlap.optional(),
    feedResult: fields.feedResult.optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .refine(({ cron, at }) => cron === undefined || at === undefined, { path: ['cron'], error: 'only one of `cron` and `at` can be given' })
  .meta({ id: 'UpdateSchedule', minProperties: 1, not: { required: ['cron', 'at'] } });
export type UpdateSchedule = z.infer<typeof UpdateSchedule>;

export const Schedule = z
  .object({
    id: ScheduleId,
    name: z.string(),
    zoneId: ZoneId,
    zoneName: z.string(),
    task: TaskTemplate,
    cron: z.string().nullable(),
    at: Timestamp.nullable(),
    timeZone: z.string(),
    start: Timestamp.nullable(),
    until: Timestamp.nullable(),
    misfire: z.enum(misfirePolicies),
    misfireLimit: z.number().int(),
    misfireAfterSeconds: z.number(),
    overlap: z.enum(overlapPolicies),
    feedResult: z.boolean(),
    status: z.enum(['active', 'paused', 'ended']).describe('`ended`: nothing will be due any more'),
    nextDueAt: Timestamp.nullable(),
    lastTaskId: TaskId.nullable(),
    revision: z.number().int(),
    createdBy: z.string(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.infer<typeof Schedule>;

/** One due time in a schedule's ledger. */
export const Fire = z
  .object({
    id: FireId,
    scheduleId: ScheduleId,
    dueAt: Timestamp,
    trigger: z.enum(['schedule', 'atOnce', 'manual']),
    state: z
      .enum(['due', 'fired', 'missed', 'skipped', 'failed'])
      .describe('`skipped`: the task before was still open; `failed`: its task was refused for good'),
    reason: z.string().nullable(),
    firedAt: Timestamp.nullable(),
    taskId: TaskId.nullable(),
  })
  .meta({ id: 'Fire' });
export type Fire = z.infer<typeof Fire>;
