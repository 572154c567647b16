import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { createDataSource } from '@klevr/persistence/data-source';
import { eventually } from '@klevr/testing/eventually';
import type { DataSource } from 'typeorm';
import { GatewayBed, adminPassword } from '../gateway.fixture.js';
import { Problem } from '../http/problem.js';
import { User } from '../users/user-schemas.js';
import { CreatedSession, RenewedSession, type Session, SessionPage } from './session-schemas.js';

describe('sessions', () => {
  let gateway: GatewayBed;
  let database: DataSource;

  const query = <T>(sql: string, values: unknown[] = []): Promise<T> => database.query(sql, values);
  const signIn = (username: string, password: string) =>
    gateway.send('POST', '/api/v1/sessions', { body: { username, password }, token: '' });
  const whoAmI = (token: string, replica = 0) => gateway.send('GET', '/api/v1/users/me', { token, replica });

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    // At once, so that they meet an empty table of users together.
    await Promise.all([gateway.start(), gateway.start()]);
    database = createDataSource({ url: gateway.bed.databaseUrl, entities: [], migrations: [], migrationsTable: 'none' });
    await database.initialize();
  }, 60_000);

  afterAll(async () => {
    await database.destroy();
    await gateway.close();
  });

  it('makes one first user when two replicas start together', async () => {
    expect(await query('SELECT username, grants FROM users')).toEqual([{ username: 'admin', grants: '[{"role":"admin","zones":null}]' }]);
  });

  it('signs in with the first password, and the token is good at every replica', async () => {
    const answer = await signIn('admin', adminPassword);
    expect(answer.status).toBe(201);
    const { token, expiresAt, user } = CreatedSession.parse(answer.json);
    expect(token).toMatch(/^klevr_s_[\w-]{43}$/);
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(1.9 * 3_600_000);
    for (const replica of [0, 1]) expect(User.parse((await whoAmI(token, replica)).json)).toEqual(user);
  });

  it('stores neither password nor token as they are', async () => {
    const { token } = CreatedSession.parse((await signIn('admin', adminPassword)).json);
    const rows = JSON.stringify([await query('SELECT * FROM users'), await query('SELECT * FROM sessions')]);
    expect(rows).not.toContain(adminPassword);
    expect(rows).not.toContain(token.slice('klevr_s_'.length));
    expect(rows).toContain('$argon2id$');
    expect(gateway.logLines.join('')).not.toContain(token);
  });

  it.each([
    ['a wrong password', 'admin', 'wrong'],
    ['an unknown user', 'nobody', adminPassword],
    ['a user in other capitals', 'Admin', adminPassword],
  ])('refuses %s with the same words', async (_name, username, password) => {
    const answer = await signIn(username, password);
    expect(answer.status).toBe(401);
    expect(Problem.parse(answer.json)).toMatchObject({ code: 'BAD_CREDENTIALS', detail: 'User name or password is wrong' });
  });

  it('refuses what needs a session without one, with a false, and with an expired one', async () => {
    for (const token of ['', 'klevr_s_x', `klevr_s_${'A'.repeat(43)}`]) {
      const answer = await gateway.send('GET', '/api/v1/zones', { token });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(Problem.parse(answer.json).code).toBe('UNAUTHENTICATED');
    }
    const { token } = CreatedSession.parse((await signIn('admin', adminPassword)).json);
    await query('UPDATE sessions SET expires_at = created_at');
    expect((await whoAmI(token)).status).toBe(401);
    expect(gateway.askedFor(schedulerRpc.listZones)).toBeUndefined();
  });

  it('signs out at once here, and within five seconds at a replica that knew the session', async () => {
    const { token } = CreatedSession.parse((await signIn('admin', adminPassword)).json);
    expect([(await whoAmI(token)).status, (await whoAmI(token, 1)).status]).toEqual([200, 200]);
    const signedOutAt = performance.now();
    expect((await gateway.send('DELETE', '/api/v1/sessions/current', { token })).status).toBe(204);
    expect((await whoAmI(token)).status).toBe(401);
    await eventually('the other replica refuses', 6_000, async () => ((await whoAmI(token, 1)).status === 401 ? true : undefined));
    expect(performance.now() - signedOutAt).toBeLessThan(5_500);
  });

  const sessionsOf = async (token: string, query = ''): Promise<Session[]> =>
    SessionPage.parse((await gateway.send('GET', `/api/v1/sessions${query}`, { token })).json).items;
  const newSession = async (): Promise<CreatedSession> => CreatedSession.parse((await signIn('admin', adminPassword)).json);
  const renew = (token: string, replica = 0) => gateway.send('POST', '/api/v1/sessions/current/renew', { token, replica });

  it('gives a session another token, and leaves the old one to requests that are under way', async () => {
    const { id, token, endsAt } = await newSession();
    const answer = await renew(token);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const renewed = RenewedSession.parse(answer.json);
    expect(renewed).toMatchObject({ id, endsAt });
    for (const replica of [0, 1]) {
      for (const good of [token, renewed.token]) expect((await whoAmI(good, replica)).status).toBe(200);
    }
    const again = await renew(token, 1);
    expect([again.status, Problem.parse(again.json).code]).toEqual([409, 'WRONG_STATE']);
    expect((await sessionsOf(renewed.token)).filter((one) => one.current).map((one) => one.id)).toEqual([id]);
  });

  it('ends a session as stolen whose replaced token is used later', async () => {
    const { id, token } = await newSession();
    const { token: present } = RenewedSession.parse((await renew(token)).json);
    expect((await whoAmI(present)).status).toBe(200);
    await query('UPDATE sessions SET previous_until = created_at WHERE id = ?', [id]);
    // At the other replica, which has never seen it.
    expect((await whoAmI(token, 1)).status).toBe(401);
    expect((await whoAmI(present, 1)).status).toBe(401);
    await eventually('the replica that knew the session refuses', 10_000, async () =>
      (await whoAmI(present)).status === 401 ? true : undefined,
    );
    expect(gateway.logLines.filter((line) => line.includes('ended as stolen') && line.includes(id))).toHaveLength(1);
  });

  it('renews no session beyond its end', async () => {
    const { id, token } = await newSession();
    await query('UPDATE sessions SET ends_at = expires_at WHERE id = ?', [id]);
    const { expiresAt, endsAt } = RenewedSession.parse((await renew(token)).json);
    expect(expiresAt).toBe(endsAt);
  });

  it('lists the sessions of who asks, with where they came from, and ends one or all others', async () => {
    const [one, two, mine] = [await newSession(), await newSession(), await newSession()];
    const listed = await sessionsOf(mine.token);
    expect(listed.find(({ id }) => id === mine.id)).toMatchObject({
      ...{ current: true, method: 'password', username: 'admin', address: '127.0.0.1', userId: mine.user.id },
      userAgent: expect.stringContaining('node') as unknown,
    });
    expect((await gateway.send('DELETE', `/api/v1/sessions/${one.id}`, { token: mine.token })).status).toBe(204);
    expect((await gateway.send('DELETE', `/api/v1/sessions/${one.id}`, { token: mine.token })).status).toBe(404);
    expect([(await whoAmI(one.token)).status, (await whoAmI(two.token)).status]).toEqual([401, 200]);
    expect((await gateway.send('DELETE', '/api/v1/sessions', { token: mine.token })).status).toBe(204);
    expect([(await whoAmI(two.token)).status, (await sessionsOf(mine.token)).map(({ id }) => id)]).toEqual([401, [mine.id]]);
  });

  it('shows the sessions of another to an admin of all zones only', async () => {
    const { token, user } = await newSession();
    const body = { username: 'viv', password: 'tall giraffes eat clouds' };
    const viv = User.parse((await gateway.send('POST', '/api/v1/users', { token, body })).json);
    const hers = CreatedSession.parse((await signIn('viv', body.password)).json);
    expect((await sessionsOf(token, `?user=${viv.id}`)).map(({ id }) => id)).toEqual([hers.id]);
    expect((await gateway.send('GET', `/api/v1/sessions?user=${user.id}`, { token: hers.token })).status).toBe(403);
    const [mine] = await sessionsOf(token);
    expect((await gateway.send('DELETE', `/api/v1/sessions/${mine?.id}`, { token: hers.token })).status).toBe(404);
    expect((await gateway.send('DELETE', `/api/v1/sessions/${hers.id}`, { token })).status).toBe(204);
    await gateway.send('DELETE', `/api/v1/users/${viv.id}`, { token });
  });

  it('keeps a hundred sessions of a user, and ends the oldest', async () => {
    const { id, user } = await newSession();
    await query(
      `INSERT INTO sessions (id, token_hash, user_id, address, created_at, expires_at)
       SELECT CONCAT('login_01JBZ6V1GQ6W3F5J8C2N4R', LPAD(seq, 4, '0')), SHA2(seq, 256), ?, '192.0.2.1', '2020-01-01', '2100-01-01' FROM seq_1_to_120`,
      [user.id],
    );
    const newest = await newSession();
    const left = await query<{ id: string }[]>('SELECT id FROM sessions WHERE user_id = ?', [user.id]);
    expect(left).toHaveLength(100);
    expect(left.map((row) => row.id)).toEqual(expect.arrayContaining([id, newest.id]));
    await query("DELETE FROM sessions WHERE address = '192.0.2.1'");
  });

  it.each(['nobody-at-all', 'wanda'])('pauses after five failures, and tells nothing by it: %s', async (username) => {
    const { token } = await newSession();
    const body = { username: 'wanda', password: 'tall giraffes eat clouds' };
    const wanda = await gateway.send('POST', '/api/v1/users', { token, body });
    for (let turn = 0; turn < 5; turn++) expect((await signIn(username, 'wrong')).status).toBe(401);
    // The first pause may be over before this is sent, the later ones are longer.
    const paused = await eventually('a pause', 30_000, async () => {
      const answer = await signIn(username, 'wrong');
      return answer.status === 401 ? undefined : answer;
    });
    expect([paused.status, Problem.parse(paused.json).code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(paused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await signIn('admin', adminPassword)).status).toBe(201);
    if (wanda.status === 201) await gateway.send('DELETE', `/api/v1/users/${User.parse(wanda.json).id}`, { token });
  });

  it('removes expired sessions at the next sign-in', async () => {
    await signIn('admin', adminPassword);
    await query("UPDATE sessions SET expires_at = '2020-01-01'");
    await signIn('admin', adminPassword);
    expect(await query('SELECT COUNT(*) AS n FROM sessions')).toEqual([{ n: 1 }]);
  });

  it('leaves a later start with its users, whatever password it names', async () => {
    await gateway.start({ adminPassword: 'quite another password', adminUsername: 'other' });
    expect(await query('SELECT username FROM users')).toEqual([{ username: 'admin' }]);
    expect((await signIn('admin', adminPassword)).status).toBe(201);
  });

  it('records changes and refusals, not reading', async () => {
    const before = newId('audit');
    const { token } = CreatedSession.parse((await signIn('admin', adminPassword)).json);
    await signIn('mallory', 'x');
    await gateway.send('GET', '/api/v1/zones', { token });
    await gateway.send('GET', '/api/v1/zones', { token: '' });
    await gateway.send('POST', '/api/v1/zones', { token, body: { name: 'a' } });
    await gateway.send('POST', '/api/v1/zones', { token, body: { name: '-' } });
    await gateway.send('POST', '/api/v1/zones/demo/join-tokens', { token, body: {} });
    const rows = await eventually('six entries', 5_000, async () => {
      const found = await query<Record<string, unknown>[]>(
        'SELECT username, address, action, target, status, code FROM audit_entries WHERE id > ? ORDER BY id',
        [before],
      );
      return found.length >= 6 ? found : undefined;
    });
    const zones = { address: '127.0.0.1', action: 'POST /api/v1/zones', target: '/api/v1/zones', username: 'admin' };
    const session = { ...zones, action: 'POST /api/v1/sessions', target: '/api/v1/sessions' };
    expect(rows).toEqual([
      { ...session, username: 'admin', status: 201, code: null },
      { ...session, username: 'mallory', status: 401, code: 'BAD_CREDENTIALS' },
      { ...zones, username: null, action: 'GET /api/v1/zones', status: 401, code: 'UNAUTHENTICATED' },
      { ...zones, status: 201, code: null },
      { ...zones, status: 400, code: 'BAD_REQUEST' },
      { ...zones, action: 'POST /api/v1/zones/:zone/join-tokens', target: '/api/v1/zones/demo/join-tokens', status: 201, code: null },
    ]);
  });
});
