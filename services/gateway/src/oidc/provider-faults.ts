import { AppError } from '@klevr/contracts/errors';
import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';

/** `away`: nothing came back. `misconfigured`: what came back cannot be used by anybody. `refused`: this one sign-in is not to be believed. */
export interface ProviderFault {
  readonly kind: 'away' | 'misconfigured' | 'refused';
  /** For the log: never a code, a token or a claim's value. */
  readonly reason: string;
}

const AWAY_SECONDS = 5;
const MISCONFIGURED_SECONDS = 60;
const REASON_LENGTH = 200;
const away = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT']);
const unusable = new Set(['OAUTH_HTTP_REQUEST_FORBIDDEN', 'OAUTH_REQUEST_PROTOCOL_FORBIDDEN', 'OAUTH_RESPONSE_IS_NOT_JSON']);
const ofClient = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type']);

const short = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, REASON_LENGTH);
const messageOf = (value: unknown): string => (value instanceof Error ? value.message : '');

export function providerFault(error: unknown, during: 'discovery' | 'sign-in'): ProviderFault {
  const otherwise = during === 'discovery' ? 'misconfigured' : 'refused';
  if (error instanceof ResponseBodyError) {
    const reason = short(`the provider answers ${error.status} ${error.error}`);
    return { kind: error.status >= 500 ? 'away' : ofClient.has(error.error) ? 'misconfigured' : otherwise, reason };
  }
  if (error instanceof WWWAuthenticateChallengeError)
    return { kind: error.status >= 500 ? 'away' : 'misconfigured', reason: `the provider answers ${error.status}` };
  if (error instanceof ClientError) {
    const { code = '' } = error;
    const reason = short([code, error.message, messageOf(error.cause)].filter((part) => part !== '').join(': '));
    if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM') return { kind: isServerFault(error.cause) ? 'away' : 'misconfigured', reason };
    return { kind: code === '' || away.has(code) ? 'away' : unusable.has(code) ? 'misconfigured' : otherwise, reason };
  }
  // fetch() fails with a TypeError whose cause says why.
  return { kind: 'away', reason: short([messageOf(error), messageOf((error as Error).cause)].filter((part) => part !== '').join(': ')) };
}

const isServerFault = (cause: unknown): boolean => cause instanceof Response && cause.status >= 500;

export function appErrorOf({ kind }: ProviderFault): AppError {
  if (kind === 'refused') return refusedSignIn();
  return kind === 'away'
    ? new AppError('UNAVAILABLE', 'The identity provider does not answer', { retryAfterSeconds: AWAY_SECONDS })
    : new AppError('UNAVAILABLE', 'The identity provider cannot be used; the log of the gateway says why', {
        retryAfterSeconds: MISCONFIGURED_SECONDS,
      });
}

/** One answer for whatever was wrong with it: which it was stands in the log. */
export const refusedSignIn = (): AppError =>
  new AppError(
    'SIGN_IN_REFUSED',
    'This sign-in cannot be accepted: it was not begun here, is used up or too old, or what the provider says of it is not valid',
  );
