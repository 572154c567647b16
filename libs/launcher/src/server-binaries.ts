/**
 * Finds nats-server, mariadbd and redis-server: on PATH, in the cache, or fetched from Debian's packages into the cache (no root).
 * Promises binaries that ran and told a sufficient version; works offline once cached. Does not install anything on the machine.
 */
import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withSuite } from '@klevr/debian-packages/debian-sources';
import { type FetchOptions, fetchPackages, readMachineSources } from '@klevr/debian-packages/private-apt';
import { runTogether } from './run-together.js';
import { ServerProblemError } from './server-problem.error.js';
import { isAtLeast, MIN_VERSIONS, versionIn } from './server-version.js';
import { errorLine } from './system-error.js';

const run = promisify(execFile);

/** A program and the library path it needs when it was not installed but extracted. */
export interface ServerProgram {
  path: string;
  version: string;
  env: Record<string, string>;
}

export interface MariadbPrograms extends ServerProgram {
  installDb: string;
  /** The prefix that holds `share/mysql` or `share/mariadb`. */
  basedir: string;
}

export interface ServerPrograms {
  nats: ServerProgram;
  mariadb: MariadbPrograms;
  redis: ServerProgram;
}

export interface FindServersOptions {
  cacheDir: string;
  progress: (line: string) => void;
  signal?: AbortSignal;
}

interface Wanted {
  server: keyof typeof MIN_VERSIONS;
  program: string;
  /** More programs that must stand beside the first. */
  also: string[];
  packages: string[];
  /** `newest`: Debian's newest suites, the program itself only; `own`: the machine's suite, with what the packages need. */
  suite: 'newest' | 'own';
  cure: string;
}

const WANTED: Record<'nats' | 'mariadb' | 'redis', Wanted> = {
  nats: {
    server: 'nats-server',
    program: 'nats-server',
    also: [],
    packages: ['nats-server'],
    suite: 'newest',
    cure: `Put nats-server ${MIN_VERSIONS['nats-server']} or newer on PATH, or set KLEVR_NATS_URL.`,
  },
  mariadb: {
    server: 'mariadb',
    program: 'mariadbd',
    also: ['mariadb-install-db'],
    packages: ['mariadb-server-core', 'mariadb-client-core', 'mariadb-common'],
    suite: 'own',
    cure: 'Run: sudo apt-get install mariadb-server',
  },
  redis: {
    server: 'redis',
    program: 'redis-server',
    also: [],
    packages: ['redis-server', 'redis-tools'],
    suite: 'own',
    cure: 'Run: sudo apt-get install redis-server',
  },
};

export async function findServers(options: FindServersOptions): Promise<ServerPrograms> {
  const [nats, mariadb, redis] = await runTogether(options.signal, [
    (signal) => findNats({ ...options, signal }),
    (signal) => findMariadb({ ...options, signal }),
    (signal) => findRedis({ ...options, signal }),
  ]);
  return { nats, mariadb, redis };
}

export const findNats = (options: FindServersOptions): Promise<ServerProgram> => findServer(WANTED.nats, options);

export const findRedis = (options: FindServersOptions): Promise<ServerProgram> => findServer(WANTED.redis, options);

export async function findMariadb(options: FindServersOptions): Promise<MariadbPrograms> {
  const program = await findServer(WANTED.mariadb, options);
  const basedir = dirname(dirname(program.path));
  const beside = join(dirname(program.path), 'mariadb-install-db');
  return { ...program, basedir, installDb: (await isExecutable(beside)) ? beside : join(basedir, 'bin', 'mariadb-install-db') };
}

async function findServer(wanted: Wanted, { cacheDir, progress, signal }: FindServersOptions): Promise<ServerProgram> {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== '');
  const installed = await firstUsable(wanted, [...new Set([...onPath, '/usr/sbin', '/usr/local/sbin'])], {});
  if (installed !== undefined) return installed;

  const root = join(cacheDir, wanted.server);
  const cached = await usableIn(root, wanted);
  if (cached !== undefined) return cached;

  progress(`fetching ${wanted.server} from Debian's packages`);
  await fetchServer(wanted, root, { progress, ...(signal === undefined ? {} : { signal }) });
  const fetched = await usableIn(root, wanted);
  if (fetched !== undefined) return fetched;
  throw new ServerProblemError(
    wanted.server,
    `Debian's packages hold none that runs here at version ${MIN_VERSIONS[wanted.server]} or newer.`,
    wanted.cure,
  );
}

interface Fetching {
  progress: (line: string) => void;
  signal?: AbortSignal;
}

async function fetchServer(wanted: Wanted, targetDir: string, { progress, signal }: Fetching): Promise<void> {
  const own = await readMachineSources();
  const suites = wanted.suite === 'own' ? [own] : ['sid', 'testing'].map((suite) => withSuite(own, suite));
  const choices = suites.filter((sources) => sources.length > 0);
  const fetch = (pastItsDate: boolean): Promise<unknown> =>
    fetchFirst(
      choices.map((sources) => ({
        sources,
        packages: wanted.packages,
        withDependencies: wanted.suite === 'own',
        targetDir,
        pastItsDate,
        ...(signal === undefined ? {} : { signal }),
      })),
    );
  if (choices.length === 0) throw notToBeHad(wanted, new Error("this machine's apt sources name no Debian archive"));
  let problem = await fetch(false);
  if (problem !== undefined && /is expired/.test(errorLine(problem))) {
    // A mirror that lags behind: the signature still tells that the files are Debian's, and the version is checked below.
    progress(`the package index of this mirror is past its date (${errorLine(problem)}); taking ${wanted.server} from it all the same`);
    problem = await fetch(true);
  }
  if (problem !== undefined) throw notToBeHad(wanted, problem);
}

/** Tries one after the other; answers the first one's fault if none worked. */
async function fetchFirst(choices: readonly Omit<FetchOptions, 'environment'>[]): Promise<unknown> {
  let problem: unknown;
  for (const choice of choices) {
    try {
      await fetchPackages({ ...choice, environment: process.env });
      return undefined;
    } catch (error) {
      choice.signal?.throwIfAborted();
      problem ??= error;
    }
  }
  return problem;
}

function notToBeHad(wanted: Wanted, cause: unknown): ServerProblemError {
  const why = `not on this machine and not to be had from Debian's packages (${errorLine(cause)}).`;
  return new ServerProblemError(wanted.server, why, wanted.cure, { cause });
}

async function usableIn(root: string, wanted: Wanted): Promise<ServerProgram | undefined> {
  const libraries = await libraryDirs(root);
  const env: Record<string, string> = libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(delimiter) };
  return firstUsable(
    wanted,
    ['usr/sbin', 'usr/bin'].map((dir) => join(root, dir)),
    env,
  );
}

async function firstUsable(wanted: Wanted, dirs: string[], env: Record<string, string>): Promise<ServerProgram | undefined> {
  for (const dir of dirs) {
    const path = join(dir, wanted.program);
    if (!(await isExecutable(path))) continue;
    const complete = await Promise.all(wanted.also.map((name) => isInstalledNear(dir, name)));
    if (complete.includes(false)) continue;
    const version = await versionOf(path, env);
    if (version !== undefined && isAtLeast(version, MIN_VERSIONS[wanted.server])) return { path, version, env };
  }
  return undefined;
}

async function isInstalledNear(dir: string, name: string): Promise<boolean> {
  return (await isExecutable(join(dir, name))) || (await isExecutable(join(dirname(dir), 'bin', name)));
}

async function versionOf(path: string, env: Record<string, string>): Promise<string | undefined> {
  const answer = await run(path, ['--version'], {
    env: { ...process.env, ...env },
    timeout: 10_000,
  }).catch(() => undefined);
  return answer === undefined ? undefined : versionIn(answer.stdout);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Where an extracted tree keeps shared libraries: `lib` and `usr/lib`, and their folder of this architecture. */
async function libraryDirs(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const base of ['lib', 'usr/lib'].map((dir) => join(root, dir))) {
    const names = await readdir(base, { withFileTypes: true }).catch(() => []);
    const dirs = [
      base,
      ...names.filter((entry) => entry.isDirectory() && entry.name.includes('-linux-')).map((entry) => join(base, entry.name)),
    ];
    for (const dir of dirs) {
      if ((await readdir(dir).catch(() => [])).some((name) => name.includes('.so'))) found.push(dir);
    }
  }
  return found;
}
