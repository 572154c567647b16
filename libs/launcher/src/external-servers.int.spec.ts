import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkExternalMariadb } from './external-mariadb.js';
import { checkExternalNats } from './external-nats.js';
import { checkExternalRedis } from './external-redis.js';
import { findFreePort } from './free-ports.js';
import { klevrHome, serverCacheDir } from './klevr-home.js';
import { startMariadb, type PrivateMariadb } from './private-mariadb.js';
import { startNats } from './private-nats.js';
import { startRedis } from './private-redis.js';
import type { PrivateServer } from './private-server.js';
import { findServers, type MariadbPrograms } from './server-binaries.js';

describe('servers that somebody else runs', () => {
  let home: string;
  let nats: PrivateServer;
  let plainNats: PrivateServer;
  let mariadb: PrivateMariadb;
  let redis: PrivateServer;
  let programs: MariadbPrograms;
  const pretenders: Server[] = [];
  /** A server that says only `text` to whoever connects: for versions that are not to be had any more. */
  const pretend = async (text: string, when: 'first' | 'asked' = 'first'): Promise<number> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      if (when === 'first') socket.end(text);
      else socket.on('data', (commands) => socket.write(text.repeat(commands.toString().match(/^\*\d/gm)?.length ?? 0)));
    }).listen(0, '127.0.0.1');
    pretenders.push(server);
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'klevr-external-'));
    const found = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress: () => undefined });
    programs = found.mariadb;
    await writeFile(join(home, 'js.conf'), 'max_payload: 8MB\njetstream { max_file_store: 64MB }\n');
    await writeFile(join(home, 'plain.conf'), '\n');
    [nats, plainNats, mariadb, redis] = await Promise.all([
      startNats({ program: found.nats, dir: join(home, 'nats'), configFile: join(home, 'js.conf') }),
      startNats({ program: found.nats, dir: join(home, 'plain'), configFile: join(home, 'plain.conf') }),
      startMariadb({ programs, dir: join(home, 'mariadb') }),
      startRedis({ program: found.redis, dir: join(home, 'redis') }),
    ]);
  }, 180_000);
  afterEach(() => pretenders.splice(0).forEach((server) => server.close()));
  afterAll(async () => {
    await Promise.all([nats, plainNats, mariadb, redis].map((server) => server.stop()));
    await rm(home, { recursive: true, force: true });
  });

  it('are accepted when they can be used', async () => {
    const login = jest.fn((_url: string) => Promise.resolve());
    await checkExternalNats({ url: nats.url, login });
    expect(login).toHaveBeenCalledWith(nats.url);
    await expect(checkExternalMariadb(mariadb.url)).resolves.toBeUndefined();
    await expect(checkExternalRedis(redis.url)).resolves.toBeUndefined();
  });

  it('are told apart when they cannot be reached, by name and cure', async () => {
    const port = await findFreePort();
    await expect(checkExternalNats({ url: `nats://127.0.0.1:${port}` })).rejects.toThrow(
      `nats-server: 127.0.0.1:${port} cannot be reached (ECONNREFUSED). Start it or correct KLEVR_NATS_URL.`,
    );
    await expect(checkExternalMariadb(`mysql://u:secret@127.0.0.1:${port}/klevr`)).rejects.toThrow(
      `mariadb: 127.0.0.1:${port} cannot be reached (ECONNREFUSED). Start it or correct KLEVR_DATABASE_URL.`,
    );
    await expect(checkExternalRedis(`redis://:secret@127.0.0.1:${port}`)).rejects.toThrow(
      `redis: 127.0.0.1:${port} cannot be reached (ECONNREFUSED). Start it or correct KLEVR_REDIS_URL.`,
    );
  });

  it('are refused with an address that is none, without showing its secret', async () => {
    for (const url of ['', 'secret', 'http://user:secret@host', 'nats://']) {
      for (const check of [() => checkExternalNats({ url }), () => checkExternalMariadb(url), () => checkExternalRedis(url)]) {
        const problem = await check().catch((error: unknown) => String(error));
        expect(problem).toMatch(/KLEVR_(NATS|DATABASE|REDIS)_URL is not such an address\. Write it as (nats|mysql|redis):\/\//);
        expect(problem).not.toContain('secret');
      }
    }
  });

  it('are refused with a wrong password', async () => {
    await expect(checkExternalMariadb(mariadb.url.replace(/:[0-9a-f]{32}@/, ':wrong@'))).rejects.toThrow(
      /^mariadb: \S+ refuses the user or the password\. Correct KLEVR_DATABASE_URL\.$/,
    );
    await expect(checkExternalRedis(redis.url.replace(/:[0-9a-f]{32}@/, ':wrong@'))).rejects.toThrow(
      /^redis: \S+ refuses the user or the password\. Correct KLEVR_REDIS_URL\.$/,
    );
    await expect(checkExternalRedis(redis.url.replace(/:[0-9a-f]{32}@/, ''))).rejects.toThrow(/refuses the user or the password/);
    const login = (): Promise<void> => Promise.reject(new Error('Authorization Violation'));
    await expect(checkExternalNats({ url: nats.url, login })).rejects.toThrow(/refuses Klevr's keys \(Authorization Violation\)/);
  });

  it('are refused without a usable database', async () => {
    await expect(checkExternalMariadb(mariadb.url.replace(/klevr$/, 'klevr_none'))).rejects.toThrow(/has no such database/);
    await expect(checkExternalMariadb(mariadb.url.replace(/klevr$/, 'other'))).rejects.toThrow(/lets this user into no such database/);
    await expect(checkExternalMariadb(mariadb.url.replace(/\/klevr$/, ''))).rejects.toThrow(/names no database/);
  });

  it('are refused without JetStream', async () => {
    await expect(checkExternalNats({ url: plainNats.url })).rejects.toThrow(/runs without JetStream\. Start it with .*nats:init/);
  });

  it('are refused when they take too small messages', async () => {
    const small = await pretend('INFO {"server_id":"x","version":"2.15.1","jetstream":true,"max_payload":1048576}\r\n');
    await expect(checkExternalNats({ url: `nats://127.0.0.1:${small}` })).rejects.toThrow(
      /takes messages of 1048576 bytes at most\. Set `max_payload: 8MB` in its configuration/,
    );
  });

  it('are refused when too old', async () => {
    const oldNats = await pretend('INFO {"server_id":"x","version":"2.9.10","jetstream":true}\r\n');
    await expect(checkExternalNats({ url: `nats://127.0.0.1:${oldNats}` })).rejects.toThrow(/runs 2\.9\.10, which is too old/);
    const oldRedis = await pretend('$27\r\n# Server\r\nredis_version:6.0\r\n', 'asked');
    await expect(checkExternalRedis(`redis://127.0.0.1:${oldRedis}`)).rejects.toThrow(/runs 6\.0, which is too old/);
    // MariaDB says the version it is told to say.
    await mariadb.stop();
    mariadb = await startMariadb({ programs, dir: join(home, 'mariadb'), args: ['--version=10.5.29-MariaDB'] });
    await expect(checkExternalMariadb(mariadb.url)).rejects.toThrow(/runs 10\.5\.29, which is too old/);
  });

  it('are refused when something else answers', async () => {
    const port = await pretend('HTTP/1.1 400 Bad Request\r\n\r\n');
    await expect(checkExternalNats({ url: `nats://127.0.0.1:${port}` })).rejects.toThrow(/answers, but is no NATS server/);
  });
});
