import { z } from 'zod';
import { AgentId, RunId, TaskId, Timestamp, ZoneId } from './ids.js';
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
] as const;
export const Reason = z
  .object({ code: z.enum(reasonCodes), message: z.string(), since: Timestamp, until: Timestamp.optional() })
  .meta({ id: 'Reason' });
export type Reason = z.infer<typeof Reason>;

const EnvironmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'is not the name of an environment variable');
const StepName = z.string().min(1).max(128);

const stepCommon = {
  name: StepName,
  timeoutSeconds: z.number().positive().max(604_800).optional(),
  retries: z.number().int().min(0).max(100).default(0),
};

export const ScriptStep = z.strictObject({
  ...stepCommon,
  run: z.string().min(1).max(1_048_576).describe('a script for `sh -eu`'),
  env: z.record(EnvironmentName, z.string().max(131_072)).default({}),
});
export const CommandStep = z.strictObject({
  ...stepCommon,
  use: z.string().min(1).max(64).describe('a built-in command'),
  with: z.record(z.string(), z.unknown()).default({}),
});
export const Step = z
  .union([ScriptStep, CommandStep], {
    error: 'must have a name and either `run` (a script) or `use` (a built-in command), and no unknown field',
  })
  .meta({ id: 'Step' });
export type Step = z.infer<typeof Step>;

/** Checked as a selector by the scheduler, which knows the grammar. */
export const Selector = z.string().max(4096);

export const Target = z
  .union(
    [
      z.strictObject({ agent: AgentId }),
      z.strictObject({ primary: z.literal(true) }),
      z.strictObject({ any: Selector }),
      z.strictObject({ all: Selector }),
    ],
    { error: 'must be exactly one of {agent}, {primary: true}, {any: selector}, {all: selector}' },
  )
  .meta({ id: 'Target' });
export type Target = z.infer<typeof Target>;

export const Callback = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2048),
    on: z
      .array(z.enum(['conclusion', 'success', 'failure']))
      .min(1)
      .default(['conclusion']),
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,128}={0,2}$/, 'must be whsec_ and 24 to 96 bytes in base64')
      .optional(),
  })
  .meta({ id: 'Callback' });
export type Callback = z.infer<typeof Callback>;

export const CreateTask = z
  .strictObject({
    name: z.string().min(1).max(200),
    zone: ZoneRef,
    target: Target,
    steps: z.array(Step).min(1).max(100),
    recovery: z.array(Step).max(100).default([]),
    parameters: z.record(z.string(), z.unknown()).default({}),
    timeoutSeconds: z.number().positive().max(604_800).default(3600),
    deadline: Timestamp.optional(),
    execution: z.literal('atMostOnce').default('atMostOnce'),
    priority: z.number().int().min(-100).max(100).default(0),
    callbacks: z.array(Callback).max(1).default([]),
  })
  .meta({
    id: 'CreateTask',
    examples: [{ name: 'hello', zone: 'demo', target: { all: '' }, steps: [{ name: 'greet', run: 'echo "hello from $(hostname)"' }] }],
  });
export type CreateTask = z.infer<typeof CreateTask>;

export const Task = z
  .object({
    id: TaskId,
    name: z.string(),
    zoneId: ZoneId,
    zoneName: z.string(),
    target: Target,
    steps: z.array(Step),
    recovery: z.array(Step),
    parameters: z.record(z.string(), z.unknown()),
    timeoutSeconds: z.number(),
    deadline: Timestamp.nullable(),
    execution: z.literal('atMostOnce'),
    priority: z.number().int(),
    status: RunStatus,
    reason: Reason.nullable(),
    runs: z.object({ total: z.number().int(), byStatus: z.partialRecord(RunStatus, z.number().int()) }),
    callbacks: z.array(z.object({ url: z.string(), on: z.array(z.string()), secret: z.string().optional() })),
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
    attempts: z.array(Attempt),
    steps: z.array(StepResult),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;
