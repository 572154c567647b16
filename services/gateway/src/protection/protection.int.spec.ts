import { randomInt } from 'node:crypto';
import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { createLogger } from '@klevr/platform/logger';
import { eventually } from '@klevr/testing/eventually';
import { type Answer, GatewayBed } from '../gateway.fixture.js';
import { Problem } from '../http/problem.js';
import { joinToken, zone } from '../samples.fixture.js';
import { LimitsRedis } from './limits-redis.client.js';
import { LimitsService } from './limits.service.js';

const console_ = 'https://console.example';
/** Redis remembers those of an earlier run. */
const addresses = Array.from({ length: 3 }, () => `198.18.${randomInt(256)}.${randomInt(256)}`);

describe('the protected door', () => {
  let gateway: GatewayBed;

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    const shared = { redisUrl: gateway.bed.redisUrl, corsOrigins: `${console_},http://127.0.0.1:5173` };
    // Replica 0 limits tokens, 1 and 2 addresses, and 3 nothing.
    await gateway.start({ ...shared, rateLimitPerSecond: 1 });
    await gateway.start({ ...shared, publicRateLimitPerMinute: 5, trustedProxies: '127.0.0.1' });
    await gateway.start({ ...shared, publicRateLimitPerMinute: 5, trustedProxies: '127.0.0.1' });
    await gateway.start();
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  });

  const [first = '', second = '', third = ''] = addresses;
  const from = (address: string, replica: number, path: string, token: string): Promise<Answer> =>
    gateway.send('GET', path, { replica, token, headers: { 'x-forwarded-for': address } });

  const expectLimited = (answer: Answer): void => {
    expect([answer.status, Problem.parse(answer.json).code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  };

  it('gives each session its own account, and says how it stands', async () => {
    const me = (): Promise<Answer> => gateway.send('GET', '/api/v1/users/me');
    const unknown = await me();
    const known = await me();
    const answers = await Promise.all(Array.from({ length: 40 }, me));
    // Whose the first is turns out only when it is answered.
    expect(unknown.headers.get('ratelimit')).toBeNull();
    expect(known.headers.get('ratelimit-policy')).toBe('"token";q=10;w=10');
    expect(known.headers.get('ratelimit')).toMatch(/^"token";r=9;t=\d+$/);
    const limited = answers.filter(({ status }) => status !== 200);
    expect(limited.length).toBeGreaterThan(0);
    for (const answer of limited) expectLimited(answer);
    const other = await gateway.send('POST', '/api/v1/sessions', { body: { username: 'admin', password: 'x' }, token: '' });
    expect(other.status).toBe(401);
  });

  it('limits an address that has no session, at all replicas together, and no other address', async () => {
    const answers: Answer[] = [];
    for (let one = 0; one < 5; one++) answers.push(await from(first, 1, '/install.sh', ''));
    expect(answers.at(-1)?.headers.get('ratelimit')).toMatch(/^"address";r=0;t=\d+$/);
    expectLimited(await from(first, 1, '/api/v1/nothing', ''));
    await eventually('the other replica knows', 10_000, async () =>
      (await from(first, 2, '/install.sh', '')).status === 429 ? true : undefined,
    );
    expect((await from(second, 1, '/docs', '')).status).toBe(200);
    expect((await from(first, 1, '/healthz', '')).status).toBe(200);
  });

  it('looks at no more tokens of an address that has tried too many wrong ones, but at those that were right', async () => {
    const address = third;
    expect((await from(address, 1, '/api/v1/users/me', gateway.token)).status).toBe(200);
    const wrong = (one: number): Promise<Answer> => from(address, 1, '/api/v1/users/me', `klevr_s_${String(one).repeat(43)}`);
    for (let one = 0; one < 5; one++) expect((await wrong(one)).status).toBe(401);
    expectLimited(await wrong(6));
    expect((await from(address, 1, '/api/v1/users/me', gateway.token)).status).toBe(200);
  });

  it('answers pages of the given origins, preflights without a session', async () => {
    const preflight = { origin: console_, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
    const asked = await gateway.send('OPTIONS', '/api/v1/tasks', { token: '', headers: preflight });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(console_);
    expect(asked.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(asked.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const read = await gateway.send('GET', '/api/v1/zones', { headers: { origin: console_ }, replica: 1 });
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, console_]);
    expect(read.headers.get('access-control-expose-headers')).toContain('etag');
    expect(read.headers.get('vary')).toMatch(/origin/i);
  });

  it.each([0, 3])('tells other origins nothing, nor any where none is set (replica %i)', async (replica) => {
    for (const origin of [
      'https://evil.example',
      `${console_}.evil.example`,
      'http://console.example',
      'null',
      ...(replica === 3 ? [console_] : []),
    ]) {
      const preflight = { origin, 'access-control-request-method': 'POST' };
      const asked = await gateway.send('OPTIONS', '/api/v1/tasks', { token: '', headers: preflight, replica });
      expect(asked.status).toBeLessThan(500);
      const read = await gateway.send('GET', '/docs', { headers: { origin }, replica });
      for (const { headers } of [asked, read]) expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  const plainly = (path: string, accept: string): Promise<{ headers: Record<string, unknown>; bytes: Buffer }> =>
    new Promise((resolve, reject) => {
      const headers = { 'accept-encoding': accept, authorization: `Bearer ${gateway.token}` };
      request(`${gateway.originOf(3)}${path}`, { headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => resolve({ headers: answer.headers, bytes: Buffer.concat(parts) }));
      })
        .on('error', reject)
        .end();
    });

  it('compresses long JSON that is read, for who accepts it', async () => {
    gateway.answer(schedulerRpc.listZones, () => ({ items: Array.from({ length: 20 }, () => zone), nextCursor: null }));
    const plain = await plainly('/api/v1/zones', 'identity');
    expect(plain.headers['content-encoding']).toBeUndefined();
    const zipped = await plainly('/api/v1/zones', 'gzip');
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(zipped.bytes.length) });
    expect(String(zipped.headers['vary'])).toMatch(/accept-encoding/i);
    expect(gunzipSync(zipped.bytes).equals(plain.bytes)).toBe(true);
    expect((await plainly('/api/v1/zones', 'gzip, br')).headers['content-encoding']).toBe('br');
  });

  it('compresses neither short answers, nor what is streamed, nor what shows a secret once', async () => {
    expect((await plainly('/api/v1/users/me', 'gzip')).headers['content-encoding']).toBeUndefined();
    const labels = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`label${at}`, 'a'.repeat(40)]));
    gateway.answer(schedulerRpc.createJoinToken, () => ({ ...joinToken, labels }));
    const made = await gateway.send('POST', '/api/v1/zones/demo/join-tokens', {
      body: { labels },
      headers: { 'accept-encoding': 'gzip' },
      replica: 3,
    });
    expect([made.status, made.text.length > 1_024]).toEqual([201, true]);
    expect(made.headers.get('content-encoding')).toBeNull();
    const stop = new AbortController();
    const stream = await fetch(`${gateway.originOf(3)}/api/v1/events`, {
      headers: { 'accept-encoding': 'gzip, br', authorization: `Bearer ${gateway.token}` },
      signal: stop.signal,
    });
    expect([stream.status, stream.headers.get('content-encoding')]).toEqual([200, null]);
    stop.abort();
  });

  it('lets nobody keep what is answered, unless a route says so', async () => {
    expect((await gateway.send('GET', '/api/v1/users/me', { replica: 3 })).headers.get('cache-control')).toBe('no-store');
    expect((await gateway.send('GET', '/install.sh', { replica: 3 })).headers.get('cache-control')).toBe('no-cache');
  });

  const limitsAt = (url: string): { limits: LimitsService; redis: LimitsRedis; lines: string[] } => {
    const lines: string[] = [];
    const log = createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) } });
    const redis = new LimitsRedis({ url }, log);
    return { limits: new LimitsService(redis), redis, lines };
  };

  it('counts for all replicas together in Redis, blocks and resets included', async () => {
    const [one, other] = [limitsAt(gateway.bed.redisUrl), limitsAt(gateway.bed.redisUrl)];
    for (const { redis } of [one, other])
      await eventually('Redis is reached', 10_000, () => (redis.connection?.status === 'ready' ? true : undefined));
    const options = { name: `test-${randomInt(1e9)}`, points: 2, seconds: 600 };
    const [here, there] = [one.limits.limit(options), other.limits.limit(options)];
    await here.consume('a');
    expect(await there.penalty('a')).toEqual({ points: 2, waitSeconds: 600 });
    await expect(here.consume('a')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await there.reset('a');
    await here.check('a');
    await there.block('a', 3_000);
    await expect(here.check('a')).rejects.toMatchObject({ retryAfterSeconds: 3_000 });
    await here.consume('b');
    for (const { redis } of [one, other]) redis.close();
  });

  it('counts by itself where Redis is away, and says so once', async () => {
    const { limits, redis, lines } = limitsAt('redis://127.0.0.1:1');
    await eventually('it is noticed', 10_000, () => (lines.length > 0 ? true : undefined));
    const limit = limits.limit({ name: 'test', points: 2, seconds: 600 });
    await limit.consume('a', 2);
    await expect(limit.consume('a')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 600 });
    await limit.reset('a');
    expect(await limit.penalty('a')).toEqual({ points: 1, waitSeconds: 0 });
    await limit.block('a', 30);
    await expect(limit.check('a')).rejects.toMatchObject({ retryAfterSeconds: 30 });
    expect(lines.filter((line) => line.includes('Redis is away'))).toHaveLength(1);
    redis.close();
  });
});
