import { createAccount, createOperator } from '@nats-io/nkeys';
import { z } from 'zod';
import { keyPairOf } from './native-keys.js';

/**
 * The keys that a Klevr installation trusts: one operator, its system account `SYS`, its main account `KLEVR`.
 *
 * Promises: every part is an nkey seed, so the whole is one JSON text to be kept in a file of mode 0600; the public halves and all JWTs
 * follow from it, so nothing else has to be kept.
 * Does not: write files, rotate keys (key-rotation.ts does), or hold user keys (a service's stands in its credentials file, an agent's never leaves its host).
 */
const seedOf = (prefix: 'SO' | 'SA') =>
  z.string().refine((seed) => seed.startsWith(prefix) && isSeed(seed), { message: `must be an nkey seed that starts with ${prefix}` });

export const RetiringKey = z.object({
  role: z.enum(['service', 'agent']),
  publicKey: z.string().startsWith('A'),
  untilSeconds: z.number().int(),
});
export type RetiringKey = z.infer<typeof RetiringKey>;

export const NatsIdentity = z.strictObject({
  version: z.literal(1),
  /** Signs the operator's own JWT and nothing else. */
  operatorSeed: seedOf('SO'),
  /** Signs account JWTs; a scheduler needs it to revoke. */
  operatorSigningSeed: seedOf('SO'),
  systemAccountSeed: seedOf('SA'),
  /** The account's own key: its public half is the account's id. It signs nothing. */
  accountSeed: seedOf('SA'),
  /** Signs service users, whose permissions stand in their own JWT. */
  serviceSigningSeed: seedOf('SA'),
  /** Signs agent users, whose permissions the account's template gives; cannot sign anything wider. */
  agentSigningSeed: seedOf('SA'),
  /** During a rotation: signing keys that the account names already, and that sign nothing yet. */
  next: z.strictObject({ serviceSigningSeed: seedOf('SA'), agentSigningSeed: seedOf('SA') }).optional(),
  /** Signing keys that sign no more; the account names them until then, so that what they signed stays good. */
  retiring: z.array(RetiringKey).max(100).optional(),
});
export type NatsIdentity = z.infer<typeof NatsIdentity>;

export const createNatsIdentity = (): NatsIdentity => ({
  version: 1,
  operatorSeed: seedText(createOperator()),
  operatorSigningSeed: seedText(createOperator()),
  systemAccountSeed: seedText(createAccount()),
  accountSeed: seedText(createAccount()),
  serviceSigningSeed: seedText(createAccount()),
  agentSigningSeed: seedText(createAccount()),
});

export const serializeNatsIdentity = (identity: NatsIdentity): string => `${JSON.stringify(identity, undefined, 2)}\n`;

/** Throws a ZodError that names every faulty field and shows no seed. */
export const parseNatsIdentity = (text: string): NatsIdentity => NatsIdentity.parse(JSON.parse(text));

export const publicKeyOf = (seed: string): string => keyPairOf(seed).getPublicKey();

const seedText = (pair: { getSeed(): Uint8Array }): string => new TextDecoder().decode(pair.getSeed());

function isSeed(seed: string): boolean {
  try {
    keyPairOf(seed);
    return true;
  } catch {
    return false;
  }
}
