import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { canonicalText } from '../http/canonical-digest.js';
import type { ChainPlace } from './audit-entry.js';

/**
 * The Ed25519 keys of the audit trail. The first one signs; those behind it are old ones, of which the public halves do.
 *
 * What is signed is canonical JSON of `{type, v, seq, hash, at, keyId}`. A head says how far the chain went, an anchor where it begins: two types, so that
 * nobody can cut off the oldest part at a head that was signed once.
 */
export type SignedType = 'klevr-audit-head' | 'klevr-audit-anchor';

export const SignedPlace = z
  .object({
    seq: z.number().int().min(0),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    at: z.string(),
    keyId: z.string(),
    signature: z.string().describe('Ed25519, base64url'),
  })
  .meta({ id: 'SignedPlace' });
export type SignedPlace = z.infer<typeof SignedPlace>;

export const AuditPublicKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().min(1),
  kid: z.string().min(1).max(128),
});
export type AuditPublicKey = z.infer<typeof AuditPublicKey>;
const Key = AuditPublicKey.extend({ d: z.string().optional() });
const KeySet = z.union([z.object({ keys: z.array(Key).min(1).max(100) }), Key.transform((key) => ({ keys: [key] }))]);

/** `{"keys": [the current private JWK, older ones…]}`, or one JWK alone. */
export const auditKeysText = z.string().refine(
  (text) => {
    try {
      return new AuditKeys(text).canSign;
    } catch {
      return false;
    }
  },
  { error: 'must be a private Ed25519 JWK with a kid, or {"keys": […]} with such a one first' },
);

export class AuditKeys {
  readonly publicKeys: readonly AuditPublicKey[];
  private readonly current: { readonly kid: string; readonly key: KeyObject } | undefined;

  constructor(text: string) {
    const { keys } = KeySet.parse(JSON.parse(text));
    this.publicKeys = keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid }));
    const [first] = keys;
    if (first?.d === undefined) return;
    const { kty, crv, x, d, kid } = first;
    this.current = { kid, key: createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' }) };
  }

  get canSign(): boolean {
    return this.current !== undefined;
  }

  sign(type: SignedType, place: ChainPlace, at: string): SignedPlace {
    if (this.current === undefined) throw new TypeError('there is no private key');
    const { kid, key } = this.current;
    const unsigned = { seq: place.seq, hash: place.hash, at, keyId: kid };
    return { ...unsigned, signature: sign(null, Buffer.from(signedText(type, unsigned)), key).toString('base64url') };
  }

  /** Undefined where it is good, else what is wrong. */
  faultOf(type: SignedType, place: SignedPlace): string | undefined {
    const jwk = this.publicKeys.find(({ kid }) => kid === place.keyId);
    if (jwk === undefined) return `it is signed with the key ${place.keyId}, which is not among the known ones`;
    const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' });
    const good = verify(null, Buffer.from(signedText(type, place)), key, Buffer.from(place.signature, 'base64url'));
    return good ? undefined : 'its signature is not of what it says';
  }
}

const signedText = (type: SignedType, { seq, hash, at, keyId }: Omit<SignedPlace, 'signature'>): string =>
  canonicalText({ type, v: 1, seq, hash, at, keyId });

export const newAuditKey = (): string => {
  const { privateKey } = generateKeyPairSync('ed25519');
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: randomUUID() });
};
