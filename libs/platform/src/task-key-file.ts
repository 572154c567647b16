import { createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { z } from 'zod';

/**
 * The file of the keys that sign tasks, and how they are rotated. Pure, but for the making of keys.
 *
 * The file is one private Ed25519 JWK (with a `generation`, or of the lowest), or a set: `generation`, `keys` (the newest first) and `chain`. A key signs from `signsFromMs` on, the newest such one does;
 * it verifies until `verifiesUntilMs`. Promises: a rotation gives a higher generation, and adds to the chain the new public key, signed by the one before it, so
 * that who trusts any earlier key can come to trust the present ones, however long it was away. With `revokeOld` no older key stays in the set. Does not: write
 * files. The chain tells no private key, yet a stolen one can be used to prolong it: see docs/keys.md.
 */
const [mostKeys, longestChain] = [50, 200];

const PrivateKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().min(1),
  d: z.string().min(1),
  kid: z.string().min(1).max(64),
  signsFromMs: z.number().int().default(0),
  verifiesUntilMs: z.number().int().nullable().default(null),
});
export type TaskPrivateKey = z.infer<typeof PrivateKey>;

/** A key made anew, in the place of a file that is lost, has a higher generation than what agents know of the lost one. */
const SingleKey = PrivateKey.extend({ generation: z.number().int().min(0).default(0) });

const KeyFile = z.object({
  generation: z.number().int().min(0),
  keys: z.array(PrivateKey).min(1).max(mostKeys),
  chain: z.array(z.string()).max(200).default([]),
});
export type TaskKeyFile = z.infer<typeof KeyFile>;

export interface KeyRotation {
  readonly nowMs: number;
  /** How long the new key is told to everybody before it signs. */
  readonly leadMs: number;
  /** How long older keys verify after the new one began to sign. */
  readonly overlapMs: number;
  readonly revokeOld?: boolean;
}

/** Throws where the text is neither, without showing what is in it. */
export const parseTaskKeys = (text: string): TaskKeyFile => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the keys that sign tasks are no JSON');
  }
  const single = SingleKey.safeParse(value);
  if (single.success) {
    const { generation, ...key } = single.data;
    return { generation, keys: [key], chain: [] };
  }
  const parsed = KeyFile.safeParse(value);
  if (!parsed.success)
    throw new Error(`the keys that sign tasks are neither a private JWK nor a set of them: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

export const serializeTaskKeys = (file: TaskKeyFile): string => `${JSON.stringify(file, undefined, 2)}\n`;

export const rotateTaskKeys = (file: TaskKeyFile, { nowMs, leadMs, overlapMs, revokeOld = false }: KeyRotation): TaskKeyFile => {
  const signsFromMs = revokeOld ? nowMs : nowMs + leadMs;
  const made = { ...newTaskKey(), signsFromMs, verifiesUntilMs: null };
  const until = signsFromMs + overlapMs;
  const kept = file.keys
    .filter(({ verifiesUntilMs }) => !revokeOld && (verifiesUntilMs === null || verifiesUntilMs > nowMs))
    .slice(0, mostKeys - 1)
    .map((key) => ({ ...key, verifiesUntilMs: Math.min(key.verifiesUntilMs ?? until, until) }));
  const [before] = file.keys;
  const chain = before === undefined ? file.chain : [...file.chain, endorsement(before, made)].slice(-longestChain);
  return { generation: Math.max(nowMs, file.generation + 1), keys: [made, ...kept], chain };
};

const newTaskKey = (): Pick<TaskPrivateKey, 'kty' | 'crv' | 'x' | 'd' | 'kid'> => {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x, d, kid: randomUUID() };
};

/** What others may know of a key. */
export const publicPartOf = ({ kty, crv, x, kid, verifiesUntilMs }: TaskPrivateKey) => ({ kty, crv, x, kid, verifiesUntilMs });

const endorsement = (by: TaskPrivateKey, made: TaskPrivateKey): string =>
  compactJws({ alg: 'EdDSA', kid: by.kid, typ: 'klevr-key' }, { key: { ...publicPartOf(made), verifiesUntilMs: null } }, by);

const compactJws = (header: object, payload: object, { kty, crv, x, d }: TaskPrivateKey): string => {
  const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const key = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
};
