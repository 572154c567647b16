import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startMariadb } from '@klevr/launcher/private-mariadb';
import { startNats } from '@klevr/launcher/private-nats';
import { startRedis } from '@klevr/launcher/private-redis';
import type { PrivateServer } from '@klevr/launcher/private-server';
import { findServers } from '@klevr/launcher/server-binaries';
import { type NatsIdentity, createNatsIdentity } from '@klevr/messaging/auth/nats-identity';
import { writeNatsConfig } from './nats-config-file.js';

/** The one set of real servers that a test run shares: private ports, one temporary folder, gone at its end. */
export interface SharedServers {
  readonly folder: string;
  readonly natsUrl: string;
  readonly natsIdentity: NatsIdentity;
  readonly databaseUrl: string;
  readonly databaseRootUrl: string;
  readonly redisUrl: string;
}

export type ServerName = 'nats' | 'mariadb' | 'redis';

export interface RunningServers extends SharedServers {
  /** Ends one server, in order or by SIGKILL, and after a while starts it again at the same address with what it kept. */
  restart(name: ServerName, how: 'stopped' | 'killed', awayMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export const sharedServersVariable = 'KLEVR_TEST_SERVERS';

export const startSharedServers = async (progress: (line: string) => void): Promise<RunningServers> => {
  const programs = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress });
  const folder = await mkdtemp(join(tmpdir(), 'klevr-test-'));
  const natsIdentity = createNatsIdentity();
  const configFile = await writeNatsConfig(folder, { name: 'klevr-test', identity: natsIdentity, maxMemoryBytes: 256 * 1024 ** 2 });
  const starts = {
    nats: () => startNats({ program: programs.nats, dir: join(folder, 'nats'), configFile }),
    mariadb: () => startMariadb({ programs: programs.mariadb, dir: join(folder, 'mariadb') }),
    redis: () => startRedis({ program: programs.redis, dir: join(folder, 'redis') }),
  };
  const started = await Promise.allSettled([starts.nats(), starts.mariadb(), starts.redis()] as const);
  const [nats, mariadb, redis] = started;
  const running: PrivateServer[] = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  if (nats.status === 'rejected' || mariadb.status === 'rejected' || redis.status === 'rejected') {
    await stop();
    throw new AggregateError(
      started.filter((one) => one.status === 'rejected').map((one) => one.reason as unknown),
      'the servers of the test run did not start',
    );
  }
  const indexes = { nats: 0, mariadb: 1, redis: 2 };
  const restart = async (name: ServerName, how: 'stopped' | 'killed', awayMs = 0): Promise<void> => {
    const before = running[indexes[name]];
    if (before === undefined) throw new Error(`there is no server ${name}`);
    if (how === 'stopped') await before.stop();
    else before.kill('SIGKILL');
    await before.exited;
    await pause(awayMs);
    const after: PrivateServer = await starts[name]();
    running[indexes[name]] = after;
    if (after.url !== before.url) throw new Error(`the port of ${name} was taken by another program meanwhile`);
  };
  return {
    folder,
    natsUrl: nats.value.url,
    natsIdentity,
    databaseUrl: mariadb.value.url,
    databaseRootUrl: mariadb.value.rootUrl,
    redisUrl: redis.value.url,
    restart,
    stop,
  };
};

/** What the run's global set-up left for the tests. Throws where a test is run without it. */
export const sharedServers = (): SharedServers => {
  const text = process.env[sharedServersVariable];
  if (text === undefined) throw new Error('integration tests run by `npm test` or the Jest project "integration", which start the servers');
  return JSON.parse(text) as SharedServers;
};
