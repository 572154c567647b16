import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { createDataSource } from '@klevr/persistence/data-source';
import type { DataSource } from 'typeorm';
import { CreatedSession, Session } from '../auth/session-schemas.js';
import { type Answer, GatewayBed } from '../gateway.fixture.js';
import { Problem } from '../http/problem.js';
import * as samples from '../samples.fixture.js';
import { User } from '../users/user-schemas.js';
import { clientId, clientSecret, LocalProvider } from './local-provider.fixture.js';
import { IdentityList, OidcOffer, StartedOidc } from './oidc-schemas.js';

const redirectUri = 'http://127.0.0.1:49152/callback';
const publicUrl = 'https://klevr.example.test';
const roles = JSON.stringify({
  admins: [{ role: 'admin', zones: null }],
  seoul: [{ role: 'operator', zones: ['demo', 'gone'] }],
});

describe('sign-in with an OpenID Connect provider', () => {
  const local = new LocalProvider();
  let gateway: GatewayBed;
  let database: DataSource;

  const post = (path: string, body: unknown): Promise<Answer> => gateway.send('POST', `/api/v1/sessions/oidc/${path}`, { body, token: '' });
  const start = async (body: object = { redirectUri }): Promise<StartedOidc> => {
    const answer = await post('start', body);
    expect(answer.status).toBe(201);
    return StartedOidc.parse(answer.json);
  };
  /** Begins, visits the provider, and gives what a program would send then. */
  const visited = async (account: string): Promise<{ flow: string; code: string; state: string; iss?: string }> => {
    const { authorizationUrl, flow } = await start();
    const { searchParams } = await local.visit(authorizationUrl, account);
    const iss = searchParams.get('iss');
    return { flow, code: searchParams.get('code') ?? '', state: searchParams.get('state') ?? '', ...(iss === null ? {} : { iss }) };
  };
  const signIn = async (account: string): Promise<Answer> => post('finish', await visited(account));
  const codeOf = ({ status, json }: Answer): [number, string] => [status, Problem.parse(json).code];

  beforeAll(async () => {
    // The provider warns that it is not set up for production.
    for (const level of ['info', 'warn'] as const) jest.spyOn(console, level).mockReturnValue();
    await local.start();
    gateway = await GatewayBed.open();
    gateway.answer(schedulerRpc.getZone, ({ zone }) => {
      if (zone !== 'demo') throw new AppError('NOT_FOUND', 'There is no such zone');
      return samples.zone;
    });
    await gateway.start({
      ...{ oidcClientId: clientId, oidcSignUp: 'true' as const, publicUrl },
      ...{ oidcIssuer: local.issuer, oidcClientSecret: clientSecret, oidcScopes: 'openid profile email groups' },
      ...{ oidcGrantsClaim: 'groups', oidcRoles: roles, oidcName: 'Example' },
    });
    await gateway.signIn();
    database = createDataSource({ url: gateway.bed.databaseUrl, entities: [], migrations: [], migrationsTable: 'none' });
    await database.initialize();
  }, 60_000);

  afterAll(async () => {
    jest.restoreAllMocks();
    await local.stop();
    await database.destroy();
    await gateway.close();
  });

  it('tells that it is there, and where browsers come back to', async () => {
    const answer = await gateway.send('GET', '/api/v1/sessions/oidc', { token: '' });
    const callback = `${publicUrl}/oidc/callback`;
    expect(OidcOffer.parse(answer.json)).toEqual({ enabled: true, name: 'Example', issuer: local.issuer, callback });
    expect(new URL((await start({})).authorizationUrl).searchParams.get('redirect_uri')).toBe(callback);
  });

  it('makes a user at the first sign-in, with what the groups may do, and a session like any other', async () => {
    local.people.set('sub-1', { preferred_username: 'Alice', name: 'Alice A.', groups: ['seoul', 'unknown'] });
    const answer = await signIn('sub-1');
    expect(answer.status).toBe(201);
    const { token, user, id } = CreatedSession.parse(answer.json);
    expect(user).toMatchObject({
      username: 'alice',
      displayName: 'Alice A.',
      hasPassword: false,
      grants: [{ role: 'operator', zones: [samples.ids.zone] }],
    });
    const sessions = await gateway.send('GET', '/api/v1/sessions', { token });
    expect((sessions.json as { items: Session[] }).items).toMatchObject([{ id, method: 'oidc' }]);
  });

  it('makes one user of two first sign-ins at once', async () => {
    local.people.set('sub-5', { preferred_username: 'erin', groups: [] });
    const both = [await visited('sub-5'), await visited('sub-5')];
    const answers = await Promise.all(both.map((one) => post('finish', one)));
    const users = answers.map(({ json }) => CreatedSession.parse(json).user.id);
    expect(users[0]).toBe(users[1]);
  });

  it('is in the audit trail with who it was, and without what would let somebody in', async () => {
    const before = newId('audit');
    const mine = await visited('sub-1');
    const { token, id } = CreatedSession.parse((await post('finish', mine)).json);
    const rows = await database.query<object[]>('SELECT * FROM audit_entries WHERE id > ? ORDER BY seq', [before]);
    expect(rows).toMatchObject([{ action: 'POST /api/v1/sessions/oidc/finish', username: 'alice', caller_id: id, outcome: 'granted' }]);
    for (const secret of [token, mine.flow, mine.code, mine.state]) expect(JSON.stringify(rows)).not.toContain(secret);
    expect(gateway.logLines.join('')).not.toContain(mine.code);
  });

  it('applies the groups anew at each sign-in, to open sessions too', async () => {
    local.people.set('sub-2', { preferred_username: 'bob', groups: ['admins'] });
    const first = CreatedSession.parse((await signIn('sub-2')).json);
    expect((await gateway.send('GET', '/api/v1/users', { token: first.token })).status).toBe(200);
    local.people.set('sub-2', { preferred_username: 'other.name', groups: [] });
    const second = CreatedSession.parse((await signIn('sub-2')).json);
    expect(second.user).toMatchObject({ id: first.user.id, username: 'bob', grants: [] });
    expect((await gateway.send('GET', '/api/v1/users', { token: first.token })).status).toBe(403);
  });

  it('sends nothing to the provider that would help to finish the sign-in: PKCE by S256, state and nonce', async () => {
    const { authorizationUrl, flow } = await start();
    const { searchParams } = new URL(authorizationUrl);
    expect([...searchParams.keys()].toSorted()).toEqual(
      ['client_id', 'code_challenge', 'code_challenge_method', 'nonce', 'redirect_uri', 'response_type', 'scope', 'state'].toSorted(),
    );
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    expect(authorizationUrl).not.toContain(flow.slice('klevr_f_'.length));
    expect(JSON.stringify(await database.query('SELECT * FROM oidc_flows'))).not.toContain(flow.slice('klevr_f_'.length));
  });

  it('refuses another state, and leaves the sign-in to its owner', async () => {
    const mine = await visited('sub-1');
    const theirs = await visited('sub-1');
    expect(codeOf(await post('finish', { ...mine, state: theirs.state, code: theirs.code }))).toEqual([401, 'SIGN_IN_REFUSED']);
    expect((await post('finish', mine)).status).toBe(201);
  });

  it('refuses what was finished already, a code of another sign-in, and a flow that was never begun', async () => {
    const used = await visited('sub-1');
    expect((await post('finish', used)).status).toBe(201);
    expect(codeOf(await post('finish', used))).toEqual([401, 'SIGN_IN_REFUSED']);
    const other = await visited('sub-1');
    expect(codeOf(await post('finish', { ...(await visited('sub-1')), code: other.code }))).toEqual([401, 'SIGN_IN_REFUSED']);
    expect(codeOf(await post('finish', { ...used, flow: `klevr_f_${'A'.repeat(43)}` }))).toEqual([401, 'SIGN_IN_REFUSED']);
  });

  it('refuses a sign-in that took longer than ten minutes', async () => {
    const late = await visited('sub-1');
    await database.query("UPDATE oidc_flows SET expires_at = '2020-01-01'");
    expect(codeOf(await post('finish', late))).toEqual([401, 'SIGN_IN_REFUSED']);
    await start();
    expect(await database.query('SELECT COUNT(*) AS n FROM oidc_flows')).toEqual([{ n: 1 }]);
  });

  it.each([
    'https://evil.example/callback',
    `${publicUrl}/oidc/callback/../../evil`,
    `${publicUrl}.evil.example/oidc/callback`,
    'http://localhost:49152/callback',
    'http://127.0.0.1.evil.example:1/callback',
    'javascript:alert(1)',
  ])('sends nobody back to %s', async (uri) => {
    const answer = await post('start', { redirectUri: uri });
    expect(codeOf(answer)).toEqual([400, 'BAD_REQUEST']);
    expect(Problem.parse(answer.json).errors).toMatchObject([{ path: 'redirectUri' }]);
  });

  it('gives nobody a local user of the same name, until an admin links the two', async () => {
    local.people.set('sub-3', { preferred_username: 'carol', groups: ['admins'] });
    const made = await gateway.send('POST', '/api/v1/users', { body: { username: 'carol', grants: [], generatePassword: true } });
    const { id } = User.parse(made.json);
    expect(codeOf(await signIn('sub-3'))).toEqual([409, 'CONFLICT']);
    const link = `/api/v1/users/${id}/identities`;
    for (let time = 0; time < 2; time++) {
      const linked = await gateway.send('PUT', link, { body: { subject: 'sub-3' } });
      expect(IdentityList.parse(linked.json).items).toMatchObject([{ issuer: local.issuer, subject: 'sub-3' }]);
    }
    const { user, token } = CreatedSession.parse((await signIn('sub-3')).json);
    expect(user.id).toBe(id);
    expect((await gateway.send('DELETE', `${link}?subject=sub-3`)).status).toBe(204);
    expect((await gateway.send('GET', '/api/v1/users/me', { token })).status).toBe(401);
    expect(codeOf(await signIn('sub-3'))).toEqual([409, 'CONFLICT']);
  });

  it('does not take the only way in from somebody, nor link a subject to two', async () => {
    const { user } = CreatedSession.parse((await signIn('sub-1')).json);
    const link = `/api/v1/users/${user.id}/identities`;
    expect(codeOf(await gateway.send('DELETE', `${link}?subject=sub-1`))).toEqual([409, 'WRONG_STATE']);
    expect(codeOf(await gateway.send('DELETE', `${link}?subject=nobody`))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await gateway.send('PUT', link, { body: { subject: 'sub-2' } }))).toEqual([409, 'CONFLICT']);
  });

  it('lets nobody in who is disabled', async () => {
    local.people.set('sub-4', { preferred_username: 'dave', groups: [] });
    const { user } = CreatedSession.parse((await signIn('sub-4')).json);
    await gateway.send('PATCH', `/api/v1/users/${user.id}`, { body: { disabled: true } });
    expect(codeOf(await signIn('sub-4'))).toEqual([403, 'FORBIDDEN']);
  });

  it('answers 503 while the provider is away, and the same request finishes the sign-in when it is back', async () => {
    const mine = await visited('sub-1');
    await local.stop();
    const away = await post('finish', mine);
    expect(codeOf(away)).toEqual([503, 'UNAVAILABLE']);
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    await local.start();
    expect((await post('finish', mine)).status).toBe(201);
  });
});
