import type { Authenticator } from '@nats-io/transport-node';
import { keyPairOf } from './native-keys.js';

/**
 * Logs in with the text of a credentials file.
 *
 * Promises: asks for the text again at every login, so a renewed JWT is used by the next one; signs in well under a millisecond, which
 * matters where many connections come back at once. Does not: look into the JWT; the server does.
 */
export const credsLogin =
  (credentials: () => string): Authenticator =>
  (nonce) => {
    const text = credentials();
    const jwt = blockOf(text, 'NATS USER JWT');
    const signature = keyPairOf(blockOf(text, 'USER NKEY SEED')).sign(new TextEncoder().encode(nonce ?? ''));
    return { jwt, sig: Buffer.from(signature).toString('base64') };
  };

/** Throws without saying what it read: the text holds a secret. */
const blockOf = (text: string, name: string): string => {
  const found = new RegExp(`-----BEGIN ${name}-----\\s+(\\S+)\\s+-{3,}END ${name}-{3,}`).exec(text)?.[1];
  if (found === undefined) throw new Error(`credentials without a block ${name}`);
  return found;
};
