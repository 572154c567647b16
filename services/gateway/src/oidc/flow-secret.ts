import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { hashOfToken } from '../auth/bearer-token.js';

/**
 * A sign-in under way is one secret of 256 bits. Who began it keeps it and shows it at the end, so that nobody else can end it.
 *
 * Promises: state, nonce and PKCE verifier follow from it and not from each other; the table holds only its hash. So a copy of the database, a
 * provider's log or a browser's history does not help to finish somebody's sign-in.
 */
const PREFIX = 'klevr_f_';
const form = /^klevr_f_[A-Za-z0-9_-]{43}$/;

export const newFlow = (): string => PREFIX + randomBytes(32).toString('base64url');
export const isFlow = (text: string): boolean => form.test(text);

export interface FlowParts {
  readonly hash: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export function partsOf(flow: string): FlowParts {
  const part = (name: string): string => createHmac('sha256', flow).update(`klevr oidc ${name}`).digest('base64url');
  return { hash: hashOfToken(flow), state: part('state'), nonce: part('nonce'), verifier: part('verifier') };
}

export const isState = (flow: FlowParts, given: string): boolean => {
  const [expected, found] = [Buffer.from(flow.state), Buffer.from(given)];
  return expected.length === found.length && timingSafeEqual(expected, found);
};
