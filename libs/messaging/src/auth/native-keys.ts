import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { type KeyPair, Prefix, fromSeed } from '@nats-io/nkeys';
import { Codec } from '@nats-io/nkeys/lib/codec.js';

/**
 * Nkeys whose Ed25519 runs in Node's own OpenSSL.
 *
 * Promises: the same keys and signatures as @nats-io/nkeys, byte for byte (Ed25519 is deterministic), fifty times sooner and more: that
 * library computes in JavaScript, 5–25 ms a signature, which every login and every JWT would spend with the event loop stopped.
 * Does not: make keys, nor verify (the rare places that do may take the library's time).
 */
export const keyPairOf = (seed: string): KeyPair => {
  const seedBytes = new TextEncoder().encode(seed);
  const { prefix, buf } = Codec.decodeSeed(seedBytes);
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Ed25519, buf]), format: 'der', type: 'pkcs8' });
  const raw = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
  const publicKey = new TextDecoder().decode(Codec.encode(prefix, raw));
  return Object.assign(fromSeed(seedBytes), {
    getPublicKey: () => publicKey,
    getPrivateKey: () => Codec.encode(Prefix.Private, Buffer.concat([buf, raw])),
    sign: (input: Uint8Array) => new Uint8Array(sign(null, input, privateKey)),
  });
};

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7). */
const pkcs8Ed25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
