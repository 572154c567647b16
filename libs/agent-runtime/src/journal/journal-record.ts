import { EventFact, LogFact } from '@klevr/contracts/fact';
import { z } from 'zod';

/**
 * What an attempt is to this agent. `starting` is on disk before anything of it runs; `refused` is a tombstone: the attempt will never start
 * here. `settled` means that the centre has stored its end, so hello speaks of it no more; the entry still answers repeated commands.
 */
export const attemptStates = ['accepted', 'starting', 'finished', 'refused'] as const;
export const AttemptEntry = z.object({
  runId: z.string(),
  attempt: z.number().int(),
  state: z.enum(attemptStates),
  notAfterMs: z.number(),
  code: z.string().optional(),
  /** It has no time-out: work that was meant to go on for long. */
  longWork: z.boolean().optional(),
  settled: z.boolean().default(false),
});
export type AttemptEntry = z.output<typeof AttemptEntry>;

const head = z.object({ t: z.literal('journal'), id: z.string(), version: z.literal(1) });
const position = { seq: z.number().int() };
const next = z.object({ t: z.literal('nextSeq'), ...position });
/** The centre has answered every fact up to this one. */
const answered = z.object({ t: z.literal('answered'), ...position });

export const JournalRecord = z.discriminatedUnion('t', [
  head,
  next,
  answered,
  z.object({ t: z.literal('attempt'), entry: AttemptEntry }),
  z.object({ t: z.literal('fact'), fact: EventFact }),
  z.object({ t: z.literal('floor'), epoch: z.number().int() }),
]);
export type JournalRecord = z.output<typeof JournalRecord>;

export const LogSpoolRecord = z.discriminatedUnion('t', [head, next, answered, z.object({ t: z.literal('fact'), fact: LogFact })]);
export type LogSpoolRecord = z.output<typeof LogSpoolRecord>;
