import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startRedis } from '@klevr/launcher/private-redis';
import type { PrivateServer } from '@klevr/launcher/private-server';
import { findServers, type ServerProgram } from '@klevr/launcher/server-binaries';
import { Redis } from 'ioredis';
import { CachedReads } from './cached-reads.js';
import { SystemClock } from './clock.js';
import { createLogger } from './logger.js';
import { RedisCache } from './redis-cache.js';

const lines: string[] = [];
const log = createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) } });
const clock = new SystemClock();
const asString = (value: unknown): string => String(value);

/** Waits for a condition of the network, looking again on each turn; bounded by the test's own time. */
const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};

// A Redis of its own, because it is stopped, frozen and flushed.
describe('RedisCache', () => {
  let dir: string;
  let program: ServerProgram;
  let redis: PrivateServer;
  let cache: RedisCache;
  let reads: CachedReads;
  let loads = 0;
  const load = (): Promise<string> => Promise.resolve(`load ${++loads}`);
  const read = (): Promise<string> => reads.read('hosts', 'k', 60, load, asString);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'klevr-redis-'));
    ({ redis: program } = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress: () => undefined }));
    redis = await startRedis({ program, dir });
    cache = new RedisCache({ url: redis.url, clock, log });
    reads = new CachedReads(cache, clock);
    await until(() => cache.available);
  }, 60_000);
  afterAll(async () => {
    reads.close();
    await cache.close();
    await redis.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('gets, sets and deletes', async () => {
    expect(await cache.set('a', '1', 60)).toBe(true);
    expect(await cache.getMany(['a', 'none'])).toEqual(['1', undefined]);
    expect(await cache.del('a')).toBe(true);
    expect(await cache.get('a')).toBeUndefined();
  });

  it('serves reads from Redis until they are invalidated, to every replica', async () => {
    const other = new RedisCache({ url: redis.url, clock, log });
    await until(() => other.available);
    const otherReads = new CachedReads(other, clock);
    // A replica that joins voids what is cached, once.
    await otherReads.read('hosts', 'k', 60, load, asString);
    const first = await read();
    expect(await read()).toBe(first);
    expect(await otherReads.read('hosts', 'k', 60, load, asString)).toBe(first);
    await otherReads.invalidate('hosts');
    expect(await read()).not.toBe(first);
    otherReads.close();
    await other.close();
  });

  it('answers from the source, quickly, while Redis is frozen; and uses it again afterwards', async () => {
    await read();
    redis.kill('SIGSTOP');
    const before = loads;
    const startMs = clock.monotonicMs();
    for (let round = 0; round < 200; round++) await read();
    expect(loads - before).toBe(200);
    // Only the first three reads may each wait for their 50 ms.
    expect(clock.monotonicMs() - startMs).toBeLessThan(1_500);
    redis.kill('SIGCONT');
    await until(async () => {
      const value = await read();
      return (await read()) === value;
    });
  }, 30_000);

  it('serves nothing of before after its connection broke, though Redis still holds it', async () => {
    const old = await read();
    expect(await read()).toBe(old);
    const admin = new Redis(redis.url);
    try {
      await admin.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await until(() => !cache.available);
      await until(() => cache.available);
      expect(await admin.get('klevr:cache:value:hosts:k')).toContain(old);
      expect(await read()).not.toBe(old);
    } finally {
      admin.disconnect();
    }
  });

  it('answers from the source while Redis is stopped, and serves nothing of before after its return', async () => {
    const old = await read();
    expect(await read()).toBe(old);
    lines.length = 0;
    const { port } = redis;
    await redis.stop();
    const before = loads;
    for (let round = 0; round < 50; round++) await read();
    expect(loads - before).toBe(50);
    expect(await reads.invalidate('hosts')).toBe(false);
    redis = await startRedis({ program, dir, port });
    await until(async () => {
      const value = await read();
      expect(value).not.toBe(old);
      return (await read()) === value;
    });
    const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toEqual(['cache is away, reads go to the database', 'cache is back']);
  }, 30_000);

  it('notices a server that takes connections and never answers, and lets go at once when closed', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const stuck = new RedisCache({ url: `redis://127.0.0.1:${port}`, clock, log });
    const stuckReads = new CachedReads(stuck, clock);
    expect(await stuckReads.read('hosts', 'k', 60, () => Promise.resolve('source'), asString)).toBe('source');
    expect(stuck.available).toBe(false);
    stuckReads.close();
    await stuck.close();
    await new Promise((resolve) => silent.close(resolve));
  });
});
