import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { CreatedSession } from '../auth/session-schemas.js';
import { type Answer, adminPassword } from '../gateway.fixture.js';
import { Problem } from '../http/problem.js';
import { ids } from '../samples.fixture.js';
import { CreatedInvitation, InvitationPage } from './invitation-schemas.js';
import { better, codeOf, everything, faults, good, PeopleBed } from './people.fixture.js';
import { CreatedUser, UserPage } from './user-requests.js';
import { User } from './user-schemas.js';

describe('people', () => {
  let people: PeopleBed;
  const call = (...request: Parameters<PeopleBed['call']>): Promise<Answer> => people.call(...request);
  const made = (body: object): Promise<CreatedUser> => people.made(body);
  const enter = (username: string, password: string): Promise<Answer> => people.enter(username, password);
  const tokenOf = (username: string, password?: string): Promise<string> => people.tokenOf(username, password);
  const query = <T>(sql: string, values: unknown[] = []): Promise<T> => people.database.query(sql, values);
  const keyed = (key: string): [token: string, headers: Record<string, string>] => [people.admin, { 'idempotency-key': key }];
  const ifMatch = (tag: string): [token: string, headers: Record<string, string>] => [people.admin, { 'if-match': tag }];

  beforeAll(async () => {
    people = await PeopleBed.open();
  }, 60_000);

  afterAll(() => people.close());

  it('are made with grants by name or id of zones, and told without their password', async () => {
    const grants = [
      { role: 'operator', zones: ['demo', ids.zone] },
      { role: 'viewer', zones: null },
    ];
    const user = await made({ username: 'ann', displayName: 'Ann Li', grants });
    expect(user).toMatchObject({
      username: 'ann',
      displayName: 'Ann Li',
      role: 'operator',
      hasPassword: true,
      password: null,
      revision: 1,
    });
    expect(user.grants).toEqual([
      { role: 'operator', zones: [ids.zone] },
      { role: 'viewer', zones: null },
    ]);
    const read = await call('GET', `/users/${user.id}`);
    expect(read.headers.get('etag')).toBe('"1"');
    expect(User.parse(read.json)).toMatchObject({ username: 'ann', lastSignInAt: null });
    await tokenOf('ann');
    expect(User.parse((await call('GET', `/users/${user.id}`)).json).lastSignInAt).not.toBeNull();
  });

  it('are refused with every fault at once', async () => {
    const grants = [
      { role: 'viewer', zones: ['demo', 'nowhere'] },
      { role: 'admin', zones: ['nowhere'] },
    ];
    const answer = await call('POST', '/users', { username: 'carl', password: 'carl carl', grants });
    expect(answer.status).toBe(400);
    expect(faults(answer)).toEqual([
      'password: must have at least 12 characters',
      'password: must not contain the user name',
      'password: is too easy to guess',
      'grants.0.zones.1: there is no such zone',
      'grants.1.zones.0: there is no such zone',
    ]);
    expect(faults(await call('POST', '/users', { username: 'Carl', generatePassword: true, password: good, x: 1 }))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^username: /) as unknown as string, 'x: is not a known field']),
    );
  });

  it('have a name of their own', async () => {
    await made({ username: 'dora' });
    const answer = await call('POST', '/users', { username: 'dora' });
    expect([answer.status, codeOf(answer), faults(answer)]).toEqual([409, 'CONFLICT', ['username: is taken']]);
  });

  it('get a generated password that is shown once and has to be changed before anything else', async () => {
    const body = { username: 'eve', generatePassword: true, grants: [everything] };
    const { password, id, mustChangePassword } = CreatedUser.parse((await call('POST', '/users', body, ...keyed('generated'))).json);
    expect([mustChangePassword, password]).toEqual([true, expect.stringMatching(/^([a-z2-9]{5}-){4}[a-z2-9]{5}$/)]);
    expect(codeOf(await call('POST', '/users', body, ...keyed('generated')))).toBe('SECRET_SHOWN_ONCE');
    const eve = await tokenOf('eve', password ?? '');
    for (const path of ['/zones', '/users', '/sessions']) {
      const refused = await call('GET', path, undefined, eve);
      expect([refused.status, Problem.parse(refused.json).detail]).toEqual([403, expect.stringContaining('/users/me/password')]);
    }
    expect((await call('GET', '/users/me', undefined, eve)).status).toBe(200);
    const change = { currentPassword: password, newPassword: good };
    expect((await call('POST', '/users/me/password', change, eve)).status).toBe(200);
    expect((await call('GET', '/zones', undefined, eve)).status).toBe(200);
    expect((await call('DELETE', `/users/${id}`)).status).toBe(204);
  });

  it('are answered the same for the same Idempotency-Key', async () => {
    const body = { username: 'fay', password: good };
    const [one, two] = [await call('POST', '/users', body, ...keyed('same')), await call('POST', '/users', body, ...keyed('same'))];
    expect([one.status, two.json]).toEqual([201, one.json]);
    expect(codeOf(await call('POST', '/users', { ...body, password: better }, ...keyed('same')))).toBe('IDEMPOTENCY_MISMATCH');
  });

  it('come in pages', async () => {
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const page = UserPage.parse((await call('GET', `/users?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)).json);
      seen.push(...page.items.map(({ username }) => username));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(['admin', 'ann', 'dora', 'fay']);
    for (const list of ['users', 'sessions', 'invitations']) expect(faults(await call('GET', `/${list}?cursor=x`))).toHaveLength(1);
  });

  it('lose what is taken from them at once, and their sessions when they are disabled', async () => {
    const { id } = await made({ username: 'gus', grants: [everything] });
    const gus = await tokenOf('gus');
    expect((await call('GET', '/users', undefined, gus)).status).toBe(200);
    const lower = await call('PATCH', `/users/${id}`, { grants: [{ role: 'viewer', zones: null }] }, ...ifMatch('"1"'));
    expect(User.parse(lower.json)).toMatchObject({ role: 'viewer', revision: 2 });
    expect((await call('GET', '/users', undefined, gus)).status).toBe(403);
    expect((await call('PATCH', `/users/${id}`, { disabled: true }, ...ifMatch('"1"'))).status).toBe(412);
    expect((await call('PATCH', `/users/${id}`, { disabled: true })).status).toBe(200);
    expect((await call('GET', '/users/me', undefined, gus)).status).toBe(401);
    expect(codeOf(await enter('gus', good))).toBe('BAD_CREDENTIALS');
    await call('PATCH', `/users/${id}`, { disabled: false });
    expect((await call('GET', '/users/me', undefined, gus)).status).toBe(401);
    expect((await enter('gus', good)).status).toBe(201);
  });

  it('change their own password: with the present one, to a good one, and all their other sessions end', async () => {
    await made({ username: 'hal' });
    const [here, there] = [await tokenOf('hal'), await tokenOf('hal')];
    const change = (currentPassword: string, newPassword: string): Promise<Answer> =>
      call('POST', '/users/me/password', { currentPassword, newPassword }, here);
    expect(faults(await change('wrong', 'aaaaaaaaaaaa'))).toEqual([
      'currentPassword: is wrong',
      'newPassword: is too easy to guess: it repeats itself',
    ]);
    expect(faults(await change(good, good))).toEqual(['newPassword: must be another than the present one']);
    expect((await change(good, better)).status).toBe(200);
    expect((await call('GET', '/users/me', undefined, here)).status).toBe(200);
    expect((await call('GET', '/users/me', undefined, there)).status).toBe(401);
    expect([(await enter('hal', good)).status, (await enter('hal', better)).status]).toEqual([401, 201]);
  });

  it('are given another password by an admin, which ends all their sessions', async () => {
    const { id } = await made({ username: 'ida' });
    const ida = await tokenOf('ida');
    const answer = CreatedUser.parse((await call('POST', `/users/${id}/password`, { generatePassword: true })).json);
    expect(answer).toMatchObject({ mustChangePassword: true, password: expect.any(String) as unknown });
    expect((await call('GET', '/users/me', undefined, ida)).status).toBe(401);
    expect((await enter('ida', answer.password ?? '')).status).toBe(201);
    expect((await call('POST', `/users/${id}/password`, {})).status).toBe(400);
  });

  it('say their own display name and nothing else of themselves', async () => {
    await made({ username: 'joe' });
    const joe = await tokenOf('joe');
    expect(User.parse((await call('PATCH', '/users/me', { displayName: 'Joe' }, joe)).json).displayName).toBe('Joe');
    expect(faults(await call('PATCH', '/users/me', { grants: [everything] }, joe))).toEqual(['grants: is not a known field']);
  });

  it('keep an admin of all zones who can sign in, also when two take the last two away at once', async () => {
    const me = User.parse((await call('GET', '/users/me')).json);
    const nobody = { grants: [] };
    for (const refused of [await call('PATCH', `/users/${me.id}`, nobody), await call('DELETE', `/users/${me.id}`)])
      expect(codeOf(refused)).toBe('WRONG_STATE');
    expect(codeOf(await call('PATCH', `/users/${me.id}`, { disabled: true }))).toBe('WRONG_STATE');
    const other = await made({ username: 'kim', grants: [everything] });
    const answers = await Promise.all([call('PATCH', `/users/${me.id}`, nobody), call('PATCH', `/users/${other.id}`, nobody)]);
    // The one that came second may have lost its own rights by the first.
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, expect.any(Number)]);
    expect(answers.every(({ status }) => [200, 403, 409].includes(status))).toBe(true);
    const [{ admins } = { admins: 0 }] = await query<{ admins: string }[]>(
      `SELECT COUNT(*) AS admins FROM users WHERE grants LIKE '%"admin","zones":null%'`,
    );
    expect(Number(admins)).toBe(1);
    await query(`UPDATE users SET grants = '[{"role":"admin","zones":null}]' WHERE username = 'admin'`);
    people.admin = await tokenOf('admin', adminPassword);
  });

  it('get in again by the command for lost passwords, disabled or not', async () => {
    const { id } = await made({ username: 'kai' });
    const kai = await tokenOf('kai');
    await call('PATCH', `/users/${id}`, { disabled: true });
    const { stdout } = await people.resetPassword('kai');
    expect((await call('GET', '/users/me', undefined, kai)).status).toBe(401);
    const { user } = CreatedSession.parse((await enter('kai', stdout.trim())).json);
    expect(user).toMatchObject({ disabled: false, mustChangePassword: true });
    await expect(people.resetPassword('who')).rejects.toMatchObject({ code: 1, stderr: 'There is no user who.\n', stdout: '' });
  });

  it('get their password hashed anew where it was with other parameters', async () => {
    const { id } = await made({ username: 'lou' });
    await query('UPDATE users SET password_hash = ? WHERE id = ?', [await hash(good, { timeCost: 1, memoryCost: 8_192 }), id]);
    await tokenOf('lou');
    const [row] = await query<{ password_hash: string }[]>('SELECT password_hash FROM users WHERE id = ?', [id]);
    expect(row?.password_hash).toMatch(/m=19456,t=2,p=1/);
    await tokenOf('lou');
  });

  it('come in by an invitation, once, with what it gives', async () => {
    const grants = [{ role: 'operator', zones: ['demo'] }];
    const { token, id } = CreatedInvitation.parse((await call('POST', '/invitations', { username: 'max', grants })).json);
    const signUp = (username: string, password = good): Promise<Answer> =>
      call('POST', '/sign-up', { invitation: token, username, password }, '');
    expect(faults(await signUp('moe', 'short'))).toEqual([
      'username: must be max: the invitation says so',
      'password: must have at least 12 characters',
      'password: is too easy to guess: it is a common password',
    ]);
    const answers = await Promise.all([signUp('max'), signUp('max'), signUp('max')]);
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 401, 401]);
    const { user } = CreatedSession.parse(answers.find(({ status }) => status === 201)?.json);
    expect(user).toMatchObject({ username: 'max', role: 'operator', grants: [{ role: 'operator', zones: [ids.zone] }] });
    const page = InvitationPage.parse((await call('GET', '/invitations')).json);
    expect(page.items.find((one) => one.id === id)).toMatchObject({ userId: user.id, usedAt: expect.any(String) as unknown });
    expect(JSON.stringify(await query('SELECT * FROM invitations'))).not.toContain(token.slice(8));
  });

  it('are not invited by an invitation that was revoked, has expired, or is of somebody who may not give that any more', async () => {
    const { id } = await made({ username: 'nan', grants: [{ role: 'admin', zones: ['demo'] }] });
    const nan = await tokenOf('nan');
    const invite = async (token: string): Promise<CreatedInvitation> =>
      CreatedInvitation.parse((await call('POST', '/invitations', { grants: [{ role: 'viewer', zones: ['demo'] }] }, token)).json);
    const [revoked, expired, lost] = [await invite(people.admin), await invite(people.admin), await invite(nan)];
    expect((await call('DELETE', `/invitations/${revoked.id}`, undefined, nan)).status).toBe(404);
    expect((await call('DELETE', `/invitations/${revoked.id}`)).status).toBe(204);
    await query('UPDATE invitations SET expires_at = created_at WHERE id = ?', [expired.id]);
    await call('PATCH', `/users/${id}`, { grants: [{ role: 'operator', zones: ['demo'] }] });
    for (const { token } of [revoked, expired, lost]) {
      const refused = await call('POST', '/sign-up', { invitation: token, username: 'oto', password: good }, '');
      expect([refused.status, codeOf(refused)]).toEqual([401, 'INVITATION_REFUSED']);
    }
    expect(faults(await call('POST', '/sign-up', { username: 'oto', password: good }, ''))).toEqual(['invitation: is needed here']);
  });

  it('give by an invitation what they could give themselves only, and see their own', async () => {
    await made({ username: 'pat', grants: [{ role: 'admin', zones: ['demo'] }] });
    const pat = await tokenOf('pat');
    const invite = (grants: unknown): Promise<Answer> => call('POST', '/invitations', { grants }, pat);
    expect((await invite([{ role: 'admin', zones: ['demo'] }])).status).toBe(201);
    expect(codeOf(await invite([{ role: 'viewer', zones: null }]))).toBe('FORBIDDEN');
    expect(faults(await invite([{ role: 'viewer', zones: ['other'] }]))).toEqual(['grants.0.zones.0: there is no such zone']);
    expect(InvitationPage.parse((await call('GET', '/invitations', undefined, pat)).json).items).toHaveLength(1);
    const joe = await tokenOf('joe');
    expect(codeOf(await call('POST', '/invitations', {}, joe))).toBe('FORBIDDEN');
  });
});
