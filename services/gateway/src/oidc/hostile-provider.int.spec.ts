import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CreatedSession } from '../auth/session-schemas.js';
import { type Answer, GatewayBed } from '../gateway.fixture.js';
import { Problem } from '../http/problem.js';
import { HostileProvider, type Token } from './hostile-provider.fixture.js';
import { StartedOidc } from './oidc-schemas.js';

const redirectUri = 'http://127.0.0.1:49152/callback';
/** The replica that does not wait long. */
const HASTY = 1;

describe('a provider that lies', () => {
  const hostile = new HostileProvider();
  let gateway: GatewayBed;

  const post = (path: string, body: unknown, replica = 0): Promise<Answer> =>
    gateway.send('POST', `/api/v1/sessions/oidc/${path}`, { body, token: '', replica });
  const codeOf = ({ status, json }: Answer): [number, string] => [status, Problem.parse(json).code];

  beforeAll(async () => {
    await hostile.start();
    gateway = await GatewayBed.open();
    const provider = { oidcIssuer: hostile.issuer, oidcClientId: 'klevr', oidcSignUp: 'true' as const };
    await gateway.start(provider);
    await gateway.start({ ...provider, oidcTimeoutSeconds: 0.2 });
  }, 60_000);

  afterAll(async () => {
    await hostile.stop();
    await gateway.close();
  });

  beforeEach(() => {
    hostile.next = {};
    hostile.hangs = false;
    hostile.status = 200;
  });

  const finishHostile = async (token: Token, status = 200): Promise<Answer> => {
    const { authorizationUrl, flow } = StartedOidc.parse((await post('start', { redirectUri })).json);
    const { searchParams } = new URL(authorizationUrl);
    hostile.next = { ...token, claims: { nonce: searchParams.get('nonce'), ...token.claims } };
    hostile.status = status;
    return post('finish', { flow, code: 'a code', state: searchParams.get('state') });
  };

  it('is believed as long as it says what is right, so that what is refused below is refused for what is wrong', async () => {
    expect(CreatedSession.parse((await finishHostile({})).json).user.username).toBe('mallory');
  });

  it.each<[string, Token]>([
    ['another nonce', { claims: { nonce: 'another' } }],
    ['no nonce', { claims: { nonce: undefined } }],
    ['the algorithm none', { header: { alg: 'none' }, signedBy: 'nobody' }],
    ['no signature', { signedBy: 'nobody' }],
    ['the signature of a stranger', { signedBy: 'stranger' }],
    ['the public key as a shared secret', { header: { alg: 'HS256' }, signedBy: 'public key as a shared secret' }],
    ['an unknown key', { header: { kid: 'other' } }],
    ['another issuer', { claims: { iss: 'https://other.example' } }],
    ['another audience', { claims: { aud: 'other' } }],
    ['another authorized party', { claims: { aud: ['klevr', 'other'], azp: 'other' } }],
    ['a time that is over', { claims: { exp: 1_600_000_000 } }],
    ['no subject', { claims: { sub: undefined } }],
    ['a subject that the database would take for another', { claims: { sub: 'mallory ' } }],
    ['a subject that is longer than the standard allows', { claims: { sub: 'm'.repeat(256) } }],
  ])('refuses an id token with %s, with the reason in the log alone', async (_what, token) => {
    const linesBefore = gateway.logLines.length;
    const answer = await finishHostile(token);
    expect(codeOf(answer)).toEqual([401, 'SIGN_IN_REFUSED']);
    const lines = gateway.logLines.slice(linesBefore).join('');
    expect(lines).toContain('a sign-in by the identity provider was refused');
    expect(lines).not.toMatch(/eyJ|an access token|a code/);
    expect(answer.text).not.toMatch(/nonce|alg|issuer|audience/);
  });

  it('tells a code that the provider does not take from a provider that is broken', async () => {
    expect(codeOf(await finishHostile({}, 400))).toEqual([401, 'SIGN_IN_REFUSED']);
    const broken = await finishHostile({}, 500);
    expect(codeOf(broken)).toEqual([503, 'UNAVAILABLE']);
    expect(Number(broken.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('waits for no provider that takes what comes and never answers', async () => {
    hostile.hangs = true;
    const answer = await post('start', { redirectUri }, HASTY);
    expect(codeOf(answer)).toEqual([503, 'UNAVAILABLE']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
