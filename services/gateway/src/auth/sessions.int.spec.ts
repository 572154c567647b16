import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { createDataSource } from '@klevr/persistence/data-source';
import { eventually } from '@klevr/testing/eventually';
import type { DataSource } from 'typeorm';
import { GatewayBed, adminPassword } from '../gateway.fixture.js';
import { Problem } from '../http/problem.js';
import { User } from '../users/user-schemas.js';
import { CreatedSession } from './session-schemas.js';

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
  }, 15_000);

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
