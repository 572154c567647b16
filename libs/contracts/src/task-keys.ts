import { z } from 'zod';
import { AgentId, SessionId, ZoneId } from './ids.js';

/**
 * How agents learn the keys that sign their work. All of it are compact JWS (EdDSA), each of a type of its own:
 *
 * - `klevr-command`: a command (command.ts).
 * - `klevr-key`: a new key, signed by the one before it. Many of them are a chain from any key that once was in use to the present one.
 * - `klevr-keys`: the keys that are good now, signed by the newest of them. A higher generation takes the place of a lower one, never the other way round.
 * - `klevr-hello`: what the task-manager answers to a hello, bound to the hello by its challenge.
 */
export const TaskKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().min(1).max(64),
  kid: z.string().min(1).max(64),
  /** Unix time; null: until another set says otherwise. */
  verifiesUntilMs: z.number().int().nullable().default(null),
});
export type TaskKey = z.infer<typeof TaskKey>;

const Generation = z.number().int().min(0);

export const KeyEndorsement = z.object({ key: TaskKey });
export const KeysStatement = z.object({ generation: Generation, keys: z.array(TaskKey).min(1).max(50) });
export type KeysStatement = z.infer<typeof KeysStatement>;

/** A statement with the endorsements that lead to its signer, the oldest first. */
export const SignedTaskKeys = z.object({ statement: z.string().max(32_768), chain: z.array(z.string().max(2_048)).max(200) });
export type SignedTaskKeys = z.infer<typeof SignedTaskKeys>;

export const HelloStatement = z.object({
  agentId: AgentId,
  zoneId: ZoneId,
  session: SessionId,
  challenge: z.string(),
  issuedAtMs: z.number().int(),
  /** The zone's epoch as the task-manager knows it; the agent accepts none below. 0: it knows of none. */
  epoch: z.number().int().min(0),
  /** SHA-256, in hex, of `verdictsText`. */
  verdictsDigest: z.string(),
});
export type HelloStatement = z.infer<typeof HelloStatement>;

export const SignedHello = z.object({ answer: z.string(), keys: SignedTaskKeys });
export type SignedHello = z.infer<typeof SignedHello>;

/** One text for the same verdicts, whoever writes it. */
export const verdictsText = (verdicts: readonly { readonly runId: string; readonly attempt: number; readonly verdict: string }[]): string =>
  JSON.stringify(verdicts.map(({ runId, attempt, verdict }) => [runId, attempt, verdict]));
