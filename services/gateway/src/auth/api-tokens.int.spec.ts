import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Grant } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { eventually } from '@klevr/testing/eventually';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Callers, type TestUser } from '../access/callers.fixture.js';
import { type Answer, GatewayBed } from '../gateway.fixture.js';
import { Problem } from '../http/problem.js';
import { ids, zone as sample } from '../samples.fixture.js';
import { ApiToken, ApiTokenPage, CreatedApiToken } from './api-token-schemas.js';
import { ApiTokenUpkeep } from './api-token-upkeep.service.js';

const foreign = newId('zone');
const daySeconds = 86_400;

describe('API tokens', () => {
  let gateway: GatewayBed;
  let callers: Callers;
  let app: NestFastifyApplication;
  let admin: TestUser;
  let operator: TestUser;

  const call = (method: string, path: string, token: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    gateway.send(method, `/api/v1${path}`, { token, headers, ...(body === undefined ? {} : { body }) });
  const make = async (by: TestUser, body: object): Promise<CreatedApiToken> => {
    const answer = await call('POST', '/tokens', by.token, { name: 'ci', role: 'viewer', ...body });
    expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
    return CreatedApiToken.parse(answer.json);
  };
  const problem = ({ json }: Answer): Problem => Problem.parse(json);
  const faults = (answer: Answer): string[] => problem(answer).errors.map(({ path }) => path);
  const whoAmI = (token: string, replica = 0) => gateway.send('GET', '/api/v1/users/me', { token, replica });

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    gateway.answer(schedulerRpc.getZone, ({ zone }) => {
      if (zone === 'demo' || zone === ids.zone) return sample;
      if (zone === 'foreign' || zone === foreign) return { ...sample, id: foreign, name: 'foreign' };
      throw new AppError('NOT_FOUND', 'There is no such zone');
    });
    [app] = await Promise.all([gateway.start(), gateway.start()]);
    callers = await Callers.open(gateway.bed.databaseUrl);
    admin = await callers.user([{ role: 'admin', zones: null }]);
    operator = await callers.user([{ role: 'operator', zones: [ids.zone] }]);
  }, 60_000);

  afterAll(async () => {
    await callers.close();
    await gateway.close();
  }, 60_000);

  it('are shown once, kept as a hash, and known again by how they begin', async () => {
    const made = await make(admin, { role: 'admin' });
    expect(made.token).toMatch(/^klevr_t_[\w-]{43}$/);
    expect(made).toMatchObject({ name: 'ci', role: 'admin', zones: null, userId: admin.id, lastUsedAt: null });
    expect(made.token.startsWith(made.prefix)).toBe(true);
    expect(Date.parse(made.expiresAt ?? '') - Date.parse(made.createdAt)).toBe(90 * daySeconds * 1000);
    const { token, ...shown } = made;
    const read = await call('GET', `/tokens/${made.id}`, admin.token);
    expect([ApiToken.parse(read.json), read.headers.get('etag')]).toEqual([shown, '"1"']);
    expect(ApiTokenPage.parse((await call('GET', '/tokens', admin.token)).json).items).toContainEqual(shown);
    const rows = JSON.stringify(await callers.query('SELECT * FROM api_tokens'));
    expect(rows).not.toContain(token);
    expect(gateway.logLines.join('')).not.toContain(token);
  });

  it('are made once for one Idempotency-Key, and not shown again', async () => {
    const headers = { 'idempotency-key': newId('message') };
    const body = { name: 'once', role: 'viewer' };
    expect((await call('POST', '/tokens', admin.token, body, headers)).status).toBe(201);
    expect(problem(await call('POST', '/tokens', admin.token, body, headers)).code).toBe('SECRET_SHOWN_ONCE');
    expect(problem(await call('POST', '/tokens', admin.token, { ...body, role: 'admin' }, headers)).code).toBe('IDEMPOTENCY_MISMATCH');
  });

  it('have the role and the zones that were asked for, by name or id, and no more than that', async () => {
    const { token, zones } = await make(operator, { role: 'viewer', zones: ['demo', ids.zone] });
    expect(zones).toEqual([ids.zone]);
    expect((await whoAmI(token)).json).toMatchObject({ id: operator.id, grants: [{ role: 'viewer', zones: [ids.zone] }] });
    expect((await call('GET', '/zones/demo', token)).status).toBe(200);
    expect((await call('GET', '/zones/foreign', token)).status).toBe(404);
    expect((await call('POST', `/tasks/${ids.task}/cancel`, token)).status).toBe(403);
  });

  it('cannot be made with more than their maker holds, and every excess is named', async () => {
    const wanted = { name: 'x', role: 'admin', zones: ['demo'], expiresAt: null };
    const answer = await call('POST', '/tokens', operator.token, wanted);
    expect([answer.status, faults(answer)]).toEqual([403, ['zones.0', 'expiresAt']]);
    const everywhere = await call('POST', '/tokens', operator.token, { name: 'x', role: 'viewer' });
    expect([everywhere.status, faults(everywhere)]).toEqual([403, ['zones']]);
  });

  it('name no zone that their maker does not see, whether it is there or not', async () => {
    const ask = async (zone: string): Promise<unknown> => {
      const answer = await call('POST', '/tokens', operator.token, { name: 'x', role: 'viewer', zones: ['demo', zone] });
      return [answer.status, { ...problem(answer), traceId: '' }];
    };
    const unknown = await ask('nowhere');
    expect(unknown).toMatchObject([400, { errors: [{ path: 'zones.1', message: 'there is no such zone' }] }]);
    for (const zone of ['foreign', foreign, newId('zone')]) expect(await ask(zone)).toEqual(unknown);
  });

  it('end within a year, or never where an admin of all zones says so', async () => {
    const at = (days: number): string => new Date(Date.now() + days * daySeconds * 1000).toISOString();
    expect((await make(admin, { expiresAt: null })).expiresAt).toBeNull();
    const chosen = at(365);
    expect((await make(operator, { zones: ['demo'], expiresAt: chosen })).expiresAt).toBe(chosen);
    for (const end of [{ expiresAt: at(367) }, { expiresAt: at(-1) }, { expiresAt: chosen, expiresInSeconds: 60 }]) {
      const answer = await call('POST', '/tokens', admin.token, { name: 'x', role: 'viewer', ...end });
      expect([answer.status, faults(answer)]).toEqual([400, ['expiresAt']]);
    }
    const tooLong = await call('POST', '/tokens', admin.token, { name: '', role: 'owner', zones: [], expiresInSeconds: 367 * daySeconds });
    expect(faults(tooLong).sort()).toEqual(['expiresInSeconds', 'name', 'role', 'zones']);
  });

  it('are good for nothing once they have ended, and are removed 30 days later', async () => {
    const [ended, longEnded] = [await make(admin, {}), await make(admin, {})];
    const daysAgo = (days: number): Date => new Date(Date.now() - days * daySeconds * 1000);
    await callers.query('UPDATE api_tokens SET expires_at = ? WHERE id = ?', [daysAgo(29), ended.id]);
    await callers.query('UPDATE api_tokens SET expires_at = ? WHERE id = ?', [daysAgo(31), longEnded.id]);
    expect((await whoAmI(ended.token)).status).toBe(401);
    await app.get(ApiTokenUpkeep, { strict: false }).removeEnded();
    const known = ApiTokenPage.parse((await call('GET', '/tokens?limit=200', admin.token)).json).items.map(({ id }) => id);
    expect([known.includes(ended.id), known.includes(longEnded.id)]).toEqual([true, false]);
  });

  it('leave no Idempotency-Key behind for longer than a day', async () => {
    const insert = 'INSERT INTO idempotency_keys_gateway (scope, idempotency_key, digest, secret, created_at) VALUES (?, ?, ?, 0, ?)';
    for (const hours of [23, 25]) await callers.query(insert, ['s', `${hours} hours old`, 'd', new Date(Date.now() - hours * 3_600_000)]);
    await app.get(ApiTokenUpkeep, { strict: false }).removeEnded();
    const left = await callers.query<object[]>("SELECT idempotency_key AS name FROM idempotency_keys_gateway WHERE scope = 's'");
    expect(left).toEqual([{ name: '23 hours old' }]);
  });

  it('lose what their owner loses', async () => {
    const held: Grant[] = [{ role: 'operator', zones: null }];
    const user = await callers.user(held);
    const token = await callers.apiToken(user.id, held);
    const less: Grant[] = [{ role: 'viewer', zones: [ids.zone] }];
    await callers.query('UPDATE users SET grants = ? WHERE id = ?', [JSON.stringify(less), user.id]);
    expect((await whoAmI(token)).json).toMatchObject({ grants: less });
    await callers.query('UPDATE users SET disabled_at = NOW(3) WHERE id = ?', [user.id]);
    const fresh = await callers.apiToken(user.id, less);
    expect((await whoAmI(fresh)).status).toBe(401);
  });

  it('are revoked at once at every replica', async () => {
    const { id, token } = await make(admin, {});
    for (const replica of [0, 1]) expect((await whoAmI(token, replica)).status).toBe(200);
    expect((await call('DELETE', `/tokens/${id}`, admin.token)).status).toBe(204);
    expect((await whoAmI(token)).status).toBe(401);
    await eventually('the other replica knows', 3_000, async () => ((await whoAmI(token, 1)).status === 401 ? true : undefined));
    expect((await call('DELETE', `/tokens/${id}`, admin.token)).status).toBe(404);
  });

  it('are renamed, at the revision that was read', async () => {
    const { id } = await make(admin, {});
    const renamed = await call('PATCH', `/tokens/${id}`, admin.token, { name: ' deploy ' }, { 'if-match': '"1"' });
    expect([ApiToken.parse(renamed.json).name, renamed.headers.get('etag')]).toEqual(['deploy', '"2"']);
    expect((await call('PATCH', `/tokens/${id}`, admin.token, { name: 'x' }, { 'if-match': '"1"' })).status).toBe(412);
    expect((await call('PATCH', `/tokens/${id}`, admin.token, { name: 'x', role: 'admin' })).status).toBe(400);
  });

  it('are told of, renamed and revoked by their owner and by admins of all zones only', async () => {
    const { id } = await make(operator, { zones: ['demo'] });
    const zoneAdmin = await callers.user([{ role: 'admin', zones: [ids.zone] }]);
    for (const [method, body] of [['GET'], ['PATCH', { name: 'x' }], ['DELETE']] as [string, object?][]) {
      const answers = [
        await call(method, `/tokens/${id}`, zoneAdmin.token, body),
        await call(method, `/tokens/${newId('apiToken')}`, zoneAdmin.token, body),
      ];
      const [other, unknown] = answers.map((answer) => ({ ...problem(answer), traceId: '' }));
      expect(other).toMatchObject({ status: 404, detail: 'There is no such token' });
      expect(other).toEqual(unknown);
    }
    for (const user of ['all', operator.id]) expect((await call('GET', `/tokens?user=${user}`, zoneAdmin.token)).status).toBe(403);
    expect(ApiTokenPage.parse((await call('GET', '/tokens', zoneAdmin.token)).json).items).toEqual([]);
    const ofOperator = ApiTokenPage.parse((await call('GET', `/tokens?user=${operator.id}&limit=1`, admin.token)).json);
    expect(ofOperator.items.map((one) => one.id)).toEqual([id]);
    expect(ofOperator.nextCursor).toBe(id);
    const users = ApiTokenPage.parse((await call('GET', '/tokens?user=all&limit=200', admin.token)).json).items.map(({ userId }) => userId);
    expect(users).toEqual(expect.arrayContaining([admin.id, operator.id]));
    expect((await call('DELETE', `/tokens/${id}`, admin.token)).status).toBe(204);
  });

  it('make no tokens, and take none away', async () => {
    const { id, token } = await make(admin, { role: 'admin', expiresAt: null });
    const tries: [string, string, object?][] = [
      ['POST', '/tokens', { name: 'x', role: 'viewer' }],
      ['PATCH', `/tokens/${id}`, { name: 'x' }],
      ['DELETE', `/tokens/${id}`],
    ];
    for (const [method, path, body] of tries) {
      const answer = await call(method, path, token, body);
      expect([method, answer.status, problem(answer).detail]).toEqual([method, 403, 'An API token may not do this; it needs a session']);
    }
    expect((await call('GET', `/tokens/${id}`, token)).status).toBe(200);
  });

  it('are no more than 200 a user, of which those that have ended make room', async () => {
    const user = await callers.user([{ role: 'viewer', zones: null }]);
    for (let count = 0; count < 200; count++) await callers.apiToken(user.id, []);
    const body = { name: 'one more', role: 'viewer' };
    expect(problem(await call('POST', '/tokens', user.token, body)).code).toBe('CONFLICT');
    await callers.query('UPDATE api_tokens SET expires_at = NOW(3) - INTERVAL 1 DAY WHERE user_id = ? LIMIT 1', [user.id]);
    expect((await call('POST', '/tokens', user.token, body)).status).toBe(201);
  });

  it('tell when they were last used, a moment later', async () => {
    const { id, token } = await make(admin, {});
    await whoAmI(token);
    const used = async () => ApiToken.parse((await call('GET', `/tokens/${id}`, admin.token)).json).lastUsedAt ?? undefined;
    expect(Date.parse(await eventually('the time of the use', 20_000, used))).toBeGreaterThan(Date.now() - 60_000);
  }, 30_000);
});
