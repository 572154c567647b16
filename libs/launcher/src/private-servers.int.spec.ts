import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createConnection as connectMariadb } from 'mysql2/promise';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child-process.js';
import { klevrHome, serverCacheDir, workspaceRoot } from './klevr-home.js';
import { startMariadb } from './private-mariadb.js';
import { startNats } from './private-nats.js';
import { startRedis } from './private-redis.js';
import { findServers, type ServerPrograms } from './server-binaries.js';

const SETUP_TIMEOUT_MS = 180_000;

describe('private servers', () => {
  let home: string;
  let programs: ServerPrograms;
  let natsConfig: string;
  const squatters: Server[] = [];
  const occupy = async (port: number): Promise<number> => {
    const squatter = createServer().listen(port, '127.0.0.1');
    squatters.push(squatter);
    await once(squatter, 'listening');
    const address = squatter.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  afterEach(() => squatters.splice(0).forEach((squatter) => squatter.close()));

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'klevr-servers-'));
    natsConfig = join(home, 'nats.conf');
    await writeFile(natsConfig, 'jetstream { max_file_store: 64MB }\n');
    programs = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress: () => undefined });
  }, SETUP_TIMEOUT_MS);
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('serves NATS with JetStream on the loopback and leaves no process', async () => {
    const nats = await startNats({ program: programs.nats, dir: join(home, 'nats'), configFile: natsConfig });
    const socket = createConnection(nats.port, '127.0.0.1');
    expect(await firstLine(socket)).toMatch(/^INFO .*"jetstream":true/);
    socket.destroy();
    await nats.stop();
    expect(isAlive(nats.pid)).toBe(false);
  });

  it('keeps what MariaDB committed, its port and its passwords from one start to the next', async () => {
    const options = { programs: programs.mariadb, dir: join(home, 'mariadb') };
    const first = await startMariadb(options);
    const connection = await connectMariadb(first.url);
    await connection.query('CREATE TABLE kept (n INT)');
    await connection.query('INSERT INTO kept VALUES (42)');
    connection.destroy();
    // A crash, not a stop: what was answered must be on disk.
    first.kill('SIGKILL');
    await first.exited;
    const second = await startMariadb(options);
    expect(second.url).toBe(first.url);
    const again = await connectMariadb(second.url);
    const [rows] = await again.query('SELECT n FROM kept');
    expect(rows).toEqual([{ n: 42 }]);
    again.destroy();
    await second.stop();
    expect(isAlive(second.pid)).toBe(false);
  }, 60_000);

  it('lets nobody into MariaDB without the generated password', async () => {
    const mariadb = await startMariadb({ programs: programs.mariadb, dir: join(home, 'mariadb-closed') });
    const open = { host: '127.0.0.1', port: mariadb.port };
    await expect(connectMariadb({ ...open, user: 'root' })).rejects.toThrow(/Access denied/);
    await expect(connectMariadb({ socketPath: mariadb.socketPath, user: 'root' })).rejects.toThrow(/Access denied/);
    await expect(connectMariadb({ ...open, user: '' })).rejects.toThrow(/Access denied/);
    const root = await connectMariadb(mariadb.rootUrl);
    root.destroy();
    await mariadb.stop();
  }, 60_000);

  it('gives MariaDB a short socket when its folder has a long name', async () => {
    const dir = join(home, 'd'.repeat(100));
    const mariadb = await startMariadb({ programs: programs.mariadb, dir });
    expect(mariadb.socketPath.startsWith(dir)).toBe(false);
    await mariadb.stop();
  }, 60_000);

  it('serves a bounded Redis that wants its password', async () => {
    const redis = await startRedis({ program: programs.redis, dir: join(home, 'redis') });
    const client = new Redis(redis.url, { lazyConnect: true, retryStrategy: null });
    await client.connect();
    expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', String(64 * 1024 * 1024)]);
    client.disconnect();
    const stranger = createConnection(redis.port, '127.0.0.1');
    stranger.write('PING\r\n');
    expect(await firstLine(stranger)).toMatch(/NOAUTH/);
    stranger.destroy();
    await redis.stop();
    expect(isAlive(redis.pid)).toBe(false);
  });

  it.each(['nats', 'redis', 'mariadb'] as const)(
    'moves %s to another port when the kept one is taken',
    async (server) => {
      const dir = join(home, `taken-${server}`);
      const start = {
        nats: () => startNats({ program: programs.nats, dir, configFile: natsConfig }),
        redis: () => startRedis({ program: programs.redis, dir }),
        mariadb: () => startMariadb({ programs: programs.mariadb, dir }),
      }[server];
      const first = await start();
      await first.stop();
      await occupy(first.port);
      const second = await start();
      expect(second.port).not.toBe(first.port);
      await second.stop();
    },
    60_000,
  );

  it.each(['nats', 'redis', 'mariadb'] as const)(
    'says so when a fixed port of %s is taken',
    async (server) => {
      const port = await occupy(0);
      const dir = join(home, `fixed-${server}`);
      const start = {
        nats: () => startNats({ program: programs.nats, dir, configFile: natsConfig, port }),
        redis: () => startRedis({ program: programs.redis, dir, port }),
        mariadb: () => startMariadb({ programs: programs.mariadb, dir, port }),
      }[server];
      await expect(start()).rejects.toThrow(/already in use/i);
    },
    60_000,
  );

  it('ends with its parent, however that one ends', async () => {
    const options = { program: programs.nats, dir: join(home, 'orphan'), configFile: natsConfig };
    const script = `
      const { startNats } = await import(${JSON.stringify(join(workspaceRoot, 'libs/launcher/dist/private-nats.js'))});
      const { port } = await startNats(${JSON.stringify(options)});
      console.log('listening on ' + port);`;
    const parent = await startChild({
      name: 'parent',
      command: process.execPath,
      args: ['--input-type=module', '-e', script],
      env: { PATH: process.env.PATH ?? '' },
      logFile: join(home, 'parent.log'),
      readyLine: /^listening on/,
    });
    const socket = createConnection(Number(await readFile(join(options.dir, 'port'), 'utf8')), '127.0.0.1');
    await firstLine(socket);
    const closed = once(socket, 'close');
    expect(parent.kill('SIGKILL')).toBe(true);
    await closed;
    await parent.exited;
  });
});

async function firstLine(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.on('error', () => undefined);
  return chunk.toString().split('\r\n')[0] ?? '';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
