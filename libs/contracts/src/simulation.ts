import { z } from 'zod';
import { AgentId } from './ids.js';

/**
 * What a process of simulated agents is told and tells, as messages between it and the process that started it. Nothing of a running system speaks this: towards
 * the centre simulated agents speak what all agents speak.
 */
export const SimulatedZone = z.object({ joinToken: z.string().min(1), agents: z.number().int().min(1) });

export const SimulatorOrder = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('join'),
    serverUrl: z.url(),
    zones: z.array(SimulatedZone).min(1),
    /** How many agents enrol and connect at the same time. */
    atOnce: z.number().int().min(1).max(512),
    /** In every host name, so that two processes on one machine are told apart. */
    name: z.string().min(1),
  }),
  /**
   * Takes so many agents away, secondaries at random: `cut` ends the connection without a goodbye and for good; `silence` keeps it, but the agent beats and
   * answers no more.
   */
  z.object({ kind: z.literal('take'), how: z.enum(['cut', 'silence']), agents: z.number().int().min(1) }),
  /** Every agent says goodbye, then the process ends; after this time it ends as it stands. */
  z.object({ kind: z.literal('stop'), withinMs: z.number().min(0) }),
]);
export type SimulatorOrder = z.infer<typeof SimulatorOrder>;

export const SimulatorCounts = z.object({
  enrolled: z.number().int(),
  /** Agents that hold a session over a living connection. */
  online: z.number().int(),
  primaries: z.number().int(),
  /** Agents whose enrolment was refused, with the first reason. */
  refused: z.number().int(),
  refusal: z.string().nullable(),
  runsFinished: z.number().int(),
  rssBytes: z.number(),
});
export type SimulatorCounts = z.infer<typeof SimulatorCounts>;

export const SimulatorWord = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('counts'), counts: SimulatorCounts }),
  z.object({ kind: z.literal('taken'), agents: z.array(z.object({ agentId: AgentId, atMs: z.number() })) }),
  /** The process can do nothing with the order; it ends. */
  z.object({ kind: z.literal('failed'), reason: z.string() }),
]);
export type SimulatorWord = z.infer<typeof SimulatorWord>;
