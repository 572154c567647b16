import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startMariadb } from '@klevr/launcher/private-mariadb';
import { startNats } from '@klevr/launcher/private-nats';
import { startRedis } from '@klevr/launcher/private-redis';
import { findServers } from '@klevr/launcher/server-binaries';
import { natsTrustOf } from '@klevr/messaging/auth/account-jwt';
import { type NatsIdentity, createNatsIdentity } from '@klevr/messaging/auth/nats-identity';
import { natsServerConfigText } from '@klevr/messaging/auth/nats-server-config';

/** The one set of real servers that a test run shares: private ports, one temporary folder, gone at its end. */
export interface SharedServers {
  readonly folder: string;
  readonly natsUrl: string;
  readonly natsIdentity: NatsIdentity;
  readonly databaseUrl: string;
  readonly databaseRootUrl: string;
  readonly redisUrl: string;
}

export interface RunningServers extends SharedServers {
  stop(): Promise<void>;
}

export const sharedServersVariable = 'KLEVR_TEST_SERVERS';

export const startSharedServers = async (progress: (line: string) => void): Promise<RunningServers> => {
  const programs = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress });
  const folder = await mkdtemp(join(tmpdir(), 'klevr-test-'));
  const natsIdentity = createNatsIdentity();
  const configFile = join(folder, 'nats.conf');
  const config = natsServerConfigText({
    trust: await natsTrustOf(natsIdentity),
    serverName: 'klevr-test',
    resolverFolder: join(folder, 'accounts'),
    maxFileBytes: 8 * 1024 ** 3,
    maxMemoryBytes: 256 * 1024 ** 2,
  });
  await writeFile(configFile, config, { mode: 0o600 });
  const started = await Promise.allSettled([
    startNats({ program: programs.nats, dir: join(folder, 'nats'), configFile }),
    startMariadb({ programs: programs.mariadb, dir: join(folder, 'mariadb') }),
    startRedis({ program: programs.redis, dir: join(folder, 'redis') }),
  ] as const);
  const [nats, mariadb, redis] = started;
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(async (one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
    await rm(folder, { recursive: true, force: true });
  };
  if (nats.status === 'rejected' || mariadb.status === 'rejected' || redis.status === 'rejected') {
    await stop();
    throw new AggregateError(
      started.filter((one) => one.status === 'rejected').map((one) => one.reason as unknown),
      'the servers of the test run did not start',
    );
  }
  return {
    folder,
    natsUrl: nats.value.url,
    natsIdentity,
    databaseUrl: mariadb.value.url,
    databaseRootUrl: mariadb.value.rootUrl,
    redisUrl: redis.value.url,
    stop,
  };
};

/** What the run's global set-up left for the tests. Throws where a test is run without it. */
export const sharedServers = (): SharedServers => {
  const text = process.env[sharedServersVariable];
  if (text === undefined) throw new Error('integration tests run by `npm test` or the Jest project "integration", which start the servers');
  return JSON.parse(text) as SharedServers;
};
