/**
 * NATS, MariaDB and Redis of a started system: given by address (checked, then used as they are), else private ones in the home folder.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { natsTrustOf } from '@klevr/messaging/auth/account-jwt';
import { natsServerConfigText } from '@klevr/messaging/auth/nats-server-config';
import { Bus } from '@klevr/messaging/bus';
import { checkExternalMariadb } from './external-mariadb.js';
import { checkExternalNats } from './external-nats.js';
import { checkExternalRedis } from './external-redis.js';
import { serverCacheDir } from './klevr-home.js';
import type { ServerAddresses } from './klevr-processes.js';
import { startMariadb } from './private-mariadb.js';
import { startNats } from './private-nats.js';
import { startRedis } from './private-redis.js';
import type { PrivateServer } from './private-server.js';
import { runTogether } from './run-together.js';
import { findMariadb, findNats, findRedis, type FindServersOptions } from './server-binaries.js';
import type { Supervisor } from './supervisor.js';
import { writeSecret } from './secrets.js';
import type { SystemFiles } from './system-files.js';

/** The servers go last, and have this long: the database is safe even when it is killed. */
const SERVER_GRACE_MS = 2_500;
const SERVER_STAGE = 0;

export interface SystemServersOptions {
  home: string;
  /** Holds KLEVR_NATS_URL, KLEVR_DATABASE_URL, KLEVR_REDIS_URL where somebody else runs the server. */
  env: NodeJS.ProcessEnv;
  files: SystemFiles;
  supervisor: Supervisor;
  say: (line: string) => void;
  signal: AbortSignal;
}

export async function startSystemServers(options: SystemServersOptions): Promise<Required<Omit<ServerAddresses, 'natsReplicas'>>> {
  const { home, env, files, say, signal } = options;
  // Set to nothing counts as not set.
  const given = {
    nats: env.KLEVR_NATS_URL || undefined,
    database: env.KLEVR_DATABASE_URL || undefined,
    redis: env.KLEVR_REDIS_URL || undefined,
  };
  // The given ones first: a wrong address is told before anything is fetched or started.
  if (given.nats !== undefined) await checkExternalNats({ url: given.nats, login: (url) => tryLogin(files, url) });
  if (given.database !== undefined) await checkExternalMariadb(given.database);
  if (given.redis !== undefined) await checkExternalRedis(given.redis);

  const search = (own: AbortSignal): FindServersOptions => ({ cacheDir: serverCacheDir(home), progress: say, signal: own });
  const [nats, database, redis] = await runTogether(signal, [
    async (own) => given.nats ?? startPrivateNats(options, search(own)),
    async (own) => given.database ?? startPrivateMariadb(options, search(own)),
    async (own) => given.redis ?? startPrivateRedis(options, search(own)),
  ]);
  return { natsUrl: nats, databaseUrl: database, redisUrl: redis };
}

async function startPrivateNats({ home, files, supervisor }: SystemServersOptions, search: FindServersOptions): Promise<string> {
  const program = await findNats(search);
  const dir = join(home, 'nats');
  const configFile = await writeNatsConfig(files, dir);
  return keep(supervisor, 'nats-server', (again) => startNats({ program, dir, configFile, ...again }));
}

async function startPrivateMariadb({ home, supervisor }: SystemServersOptions, search: FindServersOptions): Promise<string> {
  const programs = await findMariadb(search);
  return keep(supervisor, 'mariadbd', (again) => startMariadb({ programs, dir: join(home, 'mariadb'), ...again }));
}

async function startPrivateRedis({ home, supervisor }: SystemServersOptions, search: FindServersOptions): Promise<string> {
  const program = await findRedis(search);
  return keep(supervisor, 'redis-server', (again) => startRedis({ program, dir: join(home, 'redis'), ...again }));
}

/** Answers the file's path. */
async function writeNatsConfig(files: SystemFiles, dir: string): Promise<string> {
  const file = join(dir, 'nats.conf');
  const text = natsServerConfigText({
    trust: await natsTrustOf(files.natsIdentity),
    serverName: 'klevr',
    resolverFolder: join(dir, 'accounts'),
    maxFileBytes: 4 * 1024 ** 3,
    maxMemoryBytes: 256 * 1024 ** 2,
  });
  await writeSecret(file, text);
  return file;
}

/** After a crash the server must come back where its clients look for it: on the port of its first start. */
async function keep(
  supervisor: Supervisor,
  name: string,
  start: (again: { port?: number; signal: AbortSignal }) => Promise<PrivateServer>,
): Promise<string> {
  let first: PrivateServer | undefined;
  await supervisor.start({
    name,
    stage: SERVER_STAGE,
    graceMs: SERVER_GRACE_MS,
    start: async (signal) => {
      const server = await start({ signal, ...(first === undefined ? {} : { port: first.port }) });
      first ??= server;
      return server;
    },
  });
  if (first === undefined) throw new Error(`${name} has no address`);
  return first.url;
}

async function tryLogin(files: SystemFiles, url: string): Promise<void> {
  const credentials = await readFile(files.serviceCreds.gateway, 'utf8');
  const bus = await Bus.connect({
    servers: url.split(','),
    name: 'klevr-launcher',
    credentials: () => credentials,
    owner: { service: 'gateway' },
    waitOnFirstConnect: false,
  });
  await bus.close();
}
