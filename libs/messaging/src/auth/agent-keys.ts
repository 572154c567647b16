import { fmtCreds } from '@nats-io/jwt';
import { createUser, fromPublic } from '@nats-io/nkeys';
import { keyPairOf } from './native-keys.js';

/** An agent's NATS key pair. It is made on the agent's host and the seed never leaves it. */
export interface AgentKeys {
  /** Keep it in a file of mode 0600. */
  readonly seed: string;
  /** U…: what the agent enrolls with. */
  readonly publicKey: string;
  /** The text of a credentials file for a JWT that the centre issued to this key. */
  credsFor(jwt: string): string;
  /** The nkey signature over a text (UTF-8), in base64url. */
  sign(text: string): string;
}

/** Throws where the seed is not one of a user key. */
export const agentKeysOf = (seed: string): AgentKeys => {
  const pair = keyPairOf(seed);
  const publicKey = pair.getPublicKey();
  if (!publicKey.startsWith('U')) throw new RangeError('not the seed of a user key');
  return {
    seed,
    publicKey,
    credsFor: (jwt) => new TextDecoder().decode(fmtCreds(jwt, pair)),
    sign: (text) => Buffer.from(pair.sign(new TextEncoder().encode(text))).toString('base64url'),
  };
};

export const createAgentKeys = (): AgentKeys => agentKeysOf(new TextDecoder().decode(createUser().getSeed()));

/** Whether a signature (base64url) over a text was made with the private half of this key; false as well for what is no key or no signature. */
export const isSignedBy = (publicKey: string, text: string, signature: string): boolean => {
  try {
    return fromPublic(publicKey).verify(new TextEncoder().encode(text), Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
};
