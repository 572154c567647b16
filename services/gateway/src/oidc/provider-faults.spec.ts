import { describe, expect, it } from '@jest/globals';
import { ClientError, ResponseBodyError } from 'openid-client';
import { appErrorOf, providerFault } from './provider-faults.js';

const bodyError = (status: number, error: string): ResponseBodyError =>
  new ResponseBodyError('', { cause: { error }, response: new Response(null, { status }) });
const clientError = (code: string | undefined, cause?: unknown): ClientError => new ClientError('words', { code, cause } as never);

describe('faults of the provider', () => {
  it.each([
    ['it cannot be reached', new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }), 'away'],
    ['it takes too long', clientError('OAUTH_TIMEOUT'), 'away'],
    ['it answers without end', clientError(undefined, new Error('the answer is longer than a megabyte')), 'away'],
    ['it is broken', clientError('OAUTH_RESPONSE_IS_NOT_CONFORM', new Response(null, { status: 502 })), 'away'],
    ['it is broken and says so', bodyError(500, 'server_error'), 'away'],
    ['it does not know this client', bodyError(401, 'invalid_client'), 'misconfigured'],
    ['there is something else', clientError('OAUTH_RESPONSE_IS_NOT_CONFORM', new Response(null, { status: 404 })), 'misconfigured'],
    ['there is a page', clientError('OAUTH_RESPONSE_IS_NOT_JSON'), 'misconfigured'],
    ['the code is used up', bodyError(400, 'invalid_grant'), 'refused'],
    ['a claim is wrong', clientError('OAUTH_JWT_CLAIM_COMPARISON_FAILED'), 'refused'],
    ['the user info is somebody else’s', clientError('OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'), 'refused'],
  ])('during a sign-in where %s', (_what, error, kind) => {
    expect(providerFault(error, 'sign-in').kind).toBe(kind);
  });

  it('of its description concern everybody', () => {
    expect(providerFault(clientError('OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'), 'discovery').kind).toBe('misconfigured');
  });

  it('are told in words of the library, not by what it holds', () => {
    const secret = new Error('unexpected ID Token "nonce" claim value', { cause: { claims: { nonce: 'planted' }, token: 'planted' } });
    const { reason } = providerFault(clientError('OAUTH_JWT_CLAIM_COMPARISON_FAILED', secret), 'sign-in');
    expect(reason).toBe('OAUTH_JWT_CLAIM_COMPARISON_FAILED: words: unexpected ID Token "nonce" claim value');
    expect(providerFault(bodyError(400, `x\n${'y'.repeat(1_000)}`), 'sign-in').reason).toMatch(/^[\x20-\x7e]{1,200}$/);
  });

  it('are answered so that the caller knows whether to come again', () => {
    expect(appErrorOf({ kind: 'away', reason: '' })).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 5 });
    expect(appErrorOf({ kind: 'misconfigured', reason: '' })).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 60 });
    expect(appErrorOf({ kind: 'refused', reason: '' })).toMatchObject({ code: 'SIGN_IN_REFUSED', status: 401 });
  });
});
