import { z } from 'zod';
import { Callback, CallbackFilter } from './callback.js';
import { CredentialUse } from './credential.js';
import { executions, RetryPolicy } from './execution.js';
import { ConcurrencyKeyName } from './governor.js';
import { AgentId, CallbackId, RunId, ScheduleId, TaskId, Timestamp, ZoneId } from './ids.js';
import { Step } from './step.js';
import { Target, TaskTarget } from './target.js';
import { ZoneRef } from './zone.js';

/** The states of a task and of a run. A run reaches one of `terminalStatuses` once and never leaves it. */
export const runStatuses = [
  'scheduled',
  'queued',
  'dispatched',
  'running',
  'recovering',
  'succeeded',
  'failed',
  'recovery_failed',
  'canceled',
  'timed_out',
  'lost',
] as const;
export const RunStatus = z.enum(runStatuses);
export type RunStatus = z.infer<typeof RunStatus>;

export const terminalStatuses = ['succeeded', 'failed', 'recovery_failed', 'canceled', 'timed_out', 'lost'] as const;
export const TerminalStatus = z.enum(terminalStatuses);
export type TerminalStatus = z.infer<typeof TerminalStatus>;
export const isTerminal = (status: RunStatus): status is TerminalStatus => (terminalStatuses as readonly string[]).includes(status);

/** Why something waits, or why it ended as it did: a code for machines, a sentence for people. */
export const reasonCodes = [
  'NEW',
  'AGENT_OFFLINE',
  'AGENT_DRAINED',
  'AGENT_SUSPENDED',
  'AGENT_REMOVED',
  'AGENT_NOT_ANSWERING',
  'ZONE_BUSY',
  'NO_AGENT_MATCHES',
  'NO_PRIMARY',
  'SCHEDULER_AWAY',
  'SENT',
  'STEP_FAILED',
  'STEP_TIMED_OUT',
  'RUN_TIMED_OUT',
  'DEADLINE_PASSED',
  'CANCELED_BY_USER',
  'AGENT_CRASHED',
  'AGENT_STOPPED',
  'AGENT_LOST',
  'JOURNAL_CHANGED',
  'REFUSED_BY_AGENT',
  'RUNS_DIFFER',
  'ZONE_DELETED',
  'SCHEDULED',
  'PREVIOUS_OPEN',
  'HOST_BUSY',
  'CONCURRENCY_KEY',
  'SUPERSEDED',
  'BATCH_WAITS',
  'BATCH_STOPPED',
  'RETRY_WAITS',
  'AGENT_FENCED',
  'AGENT_ALONE',
  'LOG_CUT',
  'CREDENTIAL_MISSING',
  'NO_SEALING_KEY',
  'STOPPED_BY_TASK',
  'NO_WORKER',
] as const;
export const Reason = z
  .object({
    code: z.enum(reasonCodes),
    message: z.string(),
    since: Timestamp,
    until: Timestamp.optional(),
    /** Who holds what it waits for, and its place in line, from 1. */
    holder: z.object({ runId: RunId, taskId: TaskId, taskName: z.string() }).optional(),
    place: z.number().int().optional(),
  })
  .meta({ id: 'Reason' });
export type Reason = z.infer<typeof Reason>;

export const CreateTask = z
  .strictObject({
    name: z.string().min(1).max(200),
    zone: ZoneRef,
    target: Target,
    steps: z.array(Step).min(1).max(100),
    recovery: z.array(Step).max(100).default([]),
    parameters: z.record(z.string(), z.unknown()).default({}),
    timeoutSeconds: z
      .number()
      .positive()
      .max(31_536_000)
      .nullable()
      .default(3600)
      .describe('of the steps of one run together, and of its recovery anew; null: no limit, for work that may go on for weeks'),
    deadline: Timestamp.optional().describe('what has not started by then does not start any more, what runs is ended'),
    execution: z.enum(executions).optional().describe('`atMostOnce` if not given, `atLeastOnce` for a resumable task'),
    retryPolicy: RetryPolicy.optional().describe('of `atLeastOnce`'),
    resumable: z
      .boolean()
      .default(false)
      .describe('a further attempt begins with the first step that is not known to have succeeded, maybe on another agent'),
    priority: z.number().int().min(-100).max(100).default(0).describe('higher ones are sent first'),
    concurrencyKey: ConcurrencyKeyName.optional().describe(
      'of the runs with this key in the zone only so many are under way at once as its capacity says',
    ),
    supersedes: ConcurrencyKeyName.optional().describe('runs of older tasks with the same key that wait for the same agent are canceled'),
    credentials: z.array(CredentialUse).max(64).default([]).describe('secrets of the zone that the steps get'),
    killGraceSeconds: z
      .number()
      .min(0)
      .max(600)
      .optional()
      .describe('between SIGTERM and SIGKILL where a step has to be ended; 5 if not given'),
    maxLogBytes: z
      .number()
      .int()
      .min(1024)
      .max(104_857_600)
      .optional()
      .describe('of what a run writes; 10 MiB if not given. What is beyond is dropped, and marked'),
    schedule: z
      .strictObject({ at: Timestamp })
      .optional()
      .describe('the task waits until then; recurring ones are made with `POST /schedules`'),
    callbacks: z.array(Callback).max(10).default([]),
  })
  .meta({
    id: 'CreateTask',
    examples: [{ name: 'hello', zone: 'demo', target: { all: '' }, steps: [{ name: 'greet', run: 'echo "hello from $(hostname)"' }] }],
  });
export type CreateTask = z.infer<typeof CreateTask>;

/** `POST /tasks/{id}/retry` */
export const RetryTask = z
  .strictObject({ onlyFailed: z.boolean().default(false).describe('of a task on many hosts: only on those whose runs have not succeeded') })
  .meta({ id: 'RetryTask' });
export type RetryTask = z.infer<typeof RetryTask>;

export const Task = z
  .object({
    id: TaskId,
    name: z.string(),
    zoneId: ZoneId,
    zoneName: z.string(),
    target: TaskTarget,
    steps: z.array(Step),
    recovery: z.array(Step),
    parameters: z.record(z.string(), z.unknown()),
    timeoutSeconds: z.number().nullable(),
    deadline: Timestamp.nullable(),
    execution: z.enum(executions),
    retryPolicy: RetryPolicy.nullable(),
    resumable: z.boolean(),
    priority: z.number().int(),
    concurrencyKey: z.string().nullable(),
    supersedes: z.string().nullable(),
    credentials: z.array(CredentialUse),
    killGraceSeconds: z.number().nullable(),
    maxLogBytes: z.number().int(),
    scheduledAt: Timestamp.nullable().describe('when its runs may be sent first'),
    scheduleId: ScheduleId.nullable().describe('the schedule that made it'),
    retryOf: TaskId.nullable(),
    batches: z
      .object({
        total: z.number().int(),
        current: z.number().int().describe('from 1'),
        state: z.enum(['running', 'pausing', 'stopped', 'done']),
        nextAt: Timestamp.nullable(),
        stopReason: z.string().nullable(),
      })
      .nullable(),
    status: RunStatus,
    reason: Reason.nullable(),
    runs: z.object({ total: z.number().int(), byStatus: z.partialRecord(RunStatus, z.number().int()) }),
    callbacks: z.array(z.object({ id: CallbackId, url: z.string(), on: z.array(CallbackFilter), secret: z.string().optional() })),
    createdBy: z.string(),
    createdAt: Timestamp,
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Task' });
export type Task = z.infer<typeof Task>;

export const StepResult = z
  .object({
    phase: z.enum(['step', 'recovery']),
    index: z.number().int(),
    name: z.string(),
    tries: z.number().int(),
    outcome: z.enum(['running', 'succeeded', 'failed', 'timed_out', 'canceled', 'lost']),
    exitCode: z.number().int().nullable(),
    signal: z.string().nullable(),
    output: z.string().nullable(),
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    attempt: z.number().int().describe('the attempt that ran it; an earlier one where the run went on after it'),
  })
  .meta({ id: 'StepResult' });
export type StepResult = z.infer<typeof StepResult>;

export const Attempt = z
  .object({
    number: z.number().int(),
    agentId: AgentId,
    session: z.string(),
    epoch: z.number().int(),
    sentAt: Timestamp,
    acceptedAt: Timestamp.nullable(),
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    outcome: RunStatus.nullable(),
    reason: Reason.nullable().describe('why it ended, where another attempt followed'),
    firstStep: z.number().int().describe('the step it began with; not 0 where it went on with the work of an earlier one'),
  })
  .meta({ id: 'Attempt' });
export type Attempt = z.infer<typeof Attempt>;

export const Run = z
  .object({
    id: RunId,
    taskId: TaskId,
    zoneId: ZoneId,
    agentId: AgentId.nullable(),
    status: RunStatus,
    reason: Reason.nullable(),
    attempt: z.number().int(),
    epoch: z.number().int().nullable(),
    createdAt: Timestamp,
    dispatchedAt: Timestamp.nullable(),
    acceptedAt: Timestamp.nullable(),
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    exitCode: z.number().int().nullable(),
    output: z.string().nullable(),
    lateResult: z.unknown().optional(),
    batch: z.number().int().nullable(),
    logCut: z.boolean().describe('it wrote more than it may, and the rest was dropped'),
    attempts: z.array(Attempt),
    steps: z.array(StepResult),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;
