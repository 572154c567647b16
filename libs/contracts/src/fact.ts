import { z } from 'zod';
import { JournalId, RunId } from './ids.js';
import { TerminalStatus, reasonCodes } from './task.js';

/**
 * What an agent reports and the centre answers only after storing. Facts of one journal are numbered by `seq` (per lane, from 1, without gaps
 * at the agent); a fact that was stored before is answered `duplicate`. `atMs` is the agent's view of the centre's clock.
 */
const common = { seq: z.number().int().min(1), atMs: z.number().int(), runId: RunId, attempt: z.number().int().min(1) };
const stepRef = { phase: z.enum(['step', 'recovery']), index: z.number().int().min(0), try: z.number().int().min(1) };

export const EventFact = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accepted'), ...common }),
  /** A definite not-started: this attempt will never start at this agent. */
  z.object({ kind: z.literal('refused'), ...common, code: z.string(), detail: z.string() }),
  z.object({ kind: z.literal('started'), ...common }),
  z.object({ kind: z.literal('stepStarted'), ...common, ...stepRef }),
  z.object({
    kind: z.literal('stepFinished'),
    ...common,
    ...stepRef,
    outcome: z.enum(['succeeded', 'failed', 'timed_out', 'canceled', 'lost']),
    exitCode: z.number().int().nullable(),
    signal: z.string().nullable(),
    output: z.string().max(65_536).nullable(),
    startedAtMs: z.number().int().nullable(),
    /** It did not succeed, and the next step runs all the same (`continueOnError`). */
    continued: z.boolean().optional(),
  }),
  z.object({ kind: z.literal('recovering'), ...common, failedStep: z.number().int() }),
  z.object({
    kind: z.literal('finished'),
    ...common,
    status: TerminalStatus,
    exitCode: z.number().int().nullable(),
    output: z.string().max(65_536).nullable(),
    reason: z.object({ code: z.enum(reasonCodes), message: z.string() }).nullable(),
  }),
]);
export type EventFact = z.infer<typeof EventFact>;

/** A piece of a step's output. `offset` counts the bytes of this run's stream before it; `cut` marks what was dropped after it. */
export const LogFact = z.object({
  kind: z.literal('log'),
  ...common,
  ...stepRef,
  stream: z.enum(['stdout', 'stderr']),
  offset: z.number().int().min(0),
  data: z.base64(),
  cut: z.boolean().default(false),
});
export type LogFact = z.infer<typeof LogFact>;

/**
 * The sign of life of an attempt that another agent could take over (`RunCommand.aloneSeconds`). It is not spooled and its numbers need not go on; `stored` means that
 * the attempt holds on, `refused` that it is another's now and must end.
 */
export const AliveFact = z.object({ kind: z.literal('alive'), ...common });
export type AliveFact = z.infer<typeof AliveFact>;

export const Fact = z.union([EventFact, LogFact]);
export type Fact = z.infer<typeof Fact>;

export const factLanes = ['events', 'logs', 'alive'] as const;
/** Facts are `unknown` here so that one poison fact is refused by itself and the rest of its batch is stored. */
export const FactBatch = z.object({
  journalId: JournalId,
  lane: z.enum(factLanes),
  facts: z
    .array(z.looseObject({ seq: z.number().int().min(1) }))
    .min(1)
    .max(2000),
});
export type FactBatch = z.infer<typeof FactBatch>;
export const FactBatchReply = z.object({
  results: z.array(z.object({ seq: z.number().int(), result: z.enum(['stored', 'duplicate', 'refused']), detail: z.string().optional() })),
});
export type FactBatchReply = z.infer<typeof FactBatchReply>;
/** The largest batch that an agent sends, in bytes of JSON. */
export const maxFactBatchBytes = 262_144;
