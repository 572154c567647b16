/**
 * A private MariaDB on the loopback and a unix socket. Promises: the data folder is made at the first start and kept; a commit is on disk
 * when it is answered; accounts are `root` and the application's user, both with generated passwords. Does not tune for big data.
 */
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { runChild, type ManagedChild } from './child-process.js';
import { onFreePort, PortTakenError } from './free-ports.js';
import { serverEnv, startListening, type PrivateServer } from './private-server.js';
import { keepSecret } from './secrets.js';
import type { MariadbPrograms } from './server-binaries.js';

/** A unix socket's path, its end mark included, fits 108 bytes. */
const SOCKET_PATH_BYTES = 107;
const INSTALL_TIMEOUT_MS = 120_000;

export interface PrivateMariadbOptions {
  programs: MariadbPrograms;
  /** Holds the data folder, the kept port and passwords, and the log. */
  dir: string;
  /** Made if missing; the application's user may do everything in each database whose name starts with it. */
  database?: string;
  /** More command line flags. */
  args?: string[];
  /** Default: the port of the last start if free, else any. */
  port?: number;
  signal?: AbortSignal;
}

export interface PrivateMariadb extends PrivateServer {
  /** The administrator's address: may create databases and users. */
  rootUrl: string;
  socketPath: string;
}

/** Of the one that somebody else has started there. Throws where none was ever started. */
export async function keptMariadbUrl(dir: string, database = 'klevr'): Promise<string> {
  const [password, port] = await Promise.all(['app-password', 'port'].map((name) => readFile(join(dir, name), 'utf8')));
  return urlOf({ user: 'klevr', password: password?.trim() ?? '', port: Number(port), database });
}

const urlOf = ({ user, password, port, database }: { user: string; password: string; port: number; database: string }): string =>
  `mysql://${user}:${password}@127.0.0.1:${port}/${database}`;

export async function startMariadb(options: PrivateMariadbOptions): Promise<PrivateMariadb> {
  const { programs, dir } = options;
  const database = options.database ?? 'klevr';
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const passwords = {
    root: await keepSecret(join(dir, 'root-password')),
    app: await keepSecret(join(dir, 'app-password')),
  };
  const dataDir = join(dir, 'data');
  await makeDataDir(programs, dataDir, dir, options.signal);
  const initFile = await writeAccounts(dir, database, passwords);
  const socket = await chooseSocket(dir);
  return onFreePort(
    join(dir, 'port'),
    async (port) => {
      const child = await startOnPort({
        programs,
        dir,
        dataDir,
        initFile,
        socketPath: socket.path,
        port,
        args: options.args ?? [],
        signal: options.signal,
      }).catch(async (error: unknown) => {
        if (!(error instanceof PortTakenError)) await socket.release();
        throw error;
      });
      const exited = child.exited.finally(() => socket.release());
      const stop = async (graceMs?: number): Promise<void> => {
        await child.stop(graceMs);
        await exited;
      };
      return {
        ...child,
        exited,
        stop,
        port,
        url: urlOf({ user: 'klevr', password: passwords.app, port, database }),
        rootUrl: urlOf({ user: 'root', password: passwords.root, port, database }),
        socketPath: socket.path,
      };
    },
    options.port,
  );
}

interface StartOnPort {
  programs: MariadbPrograms;
  dir: string;
  dataDir: string;
  initFile: string;
  socketPath: string;
  port: number;
  args: string[];
  signal: AbortSignal | undefined;
}

async function startOnPort(start: StartOnPort): Promise<ManagedChild> {
  const { programs, dir } = start;
  // Its own: a mariadbd that starts deletes the temporary tables of every other one that shares the folder, and those crash.
  const tmpDir = join(dir, 'tmp');
  await mkdir(tmpDir, { recursive: true, mode: 0o700 });
  return startListening(
    {
      name: 'mariadbd',
      command: programs.path,
      args: [
        ...commonArgs(programs, start.dataDir),
        '--bind-address=127.0.0.1',
        `--port=${start.port}`,
        `--socket=${start.socketPath}`,
        `--pid-file=${join(dir, 'mariadbd.pid')}`,
        `--init-file=${start.initFile}`,
        `--tmpdir=${tmpDir}`,
        '--skip-name-resolve',
        '--max-connections=200',
        '--character-set-server=utf8mb4',
        '--collation-server=utf8mb4_unicode_ci',
        '--innodb-flush-log-at-trx-commit=1',
        ...start.args,
      ],
      env: serverEnv(programs.env, dir),
      cwd: dir,
      logFile: join(dir, 'mariadbd.log'),
      readyLine: /ready for connections/,
      readyTimeoutMs: 60_000,
      graceMs: 8_000,
      ...(start.signal === undefined ? {} : { signal: start.signal }),
    },
    start.port,
  );
}

function commonArgs(programs: MariadbPrograms, dataDir: string): string[] {
  // `--user` only as root: mariadbd refuses to run as root unless told so.
  const asRoot = process.getuid?.() === 0 ? [`--user=${userInfo().username}`] : [];
  return ['--no-defaults', `--basedir=${programs.basedir}`, `--datadir=${dataDir}`, '--innodb-log-file-size=16M', ...asRoot];
}

async function makeDataDir(programs: MariadbPrograms, dataDir: string, dir: string, signal: AbortSignal | undefined): Promise<void> {
  const exists = await access(dataDir).then(
    () => true,
    () => false,
  );
  if (exists) return;
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  const args = [...commonArgs(programs, draft), '--auth-root-authentication-method=normal', '--skip-test-db', '--force'];
  await runChild({
    name: 'mariadb-install-db',
    command: programs.installDb,
    args,
    env: serverEnv(programs.env, dir),
    cwd: dir,
    logFile: join(dir, 'mariadb-install-db.log'),
    signal: AbortSignal.any([AbortSignal.timeout(INSTALL_TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]),
  });
  await rename(draft, dataDir);
}

/** Run by the server at each start before it lets anybody in: a new data folder is never open, and kept passwords always fit. */
async function writeAccounts(dir: string, database: string, passwords: { root: string; app: string }): Promise<string> {
  const hosts = ['localhost', '127.0.0.1'];
  const statements = [
    "DELETE FROM mysql.global_priv WHERE User IN ('', 'root') AND Host NOT IN ('localhost', '127.0.0.1')",
    'FLUSH PRIVILEGES',
    `CREATE DATABASE IF NOT EXISTS \`${database}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    ...hosts.flatMap((host) => [
      `CREATE OR REPLACE USER 'root'@'${host}' IDENTIFIED BY '${passwords.root}'`,
      `GRANT ALL PRIVILEGES ON *.* TO 'root'@'${host}' WITH GRANT OPTION`,
      `CREATE OR REPLACE USER 'klevr'@'${host}' IDENTIFIED BY '${passwords.app}'`,
      `GRANT ALL PRIVILEGES ON \`${database}%\`.* TO 'klevr'@'${host}'`,
    ]),
  ];
  const file = join(dir, 'accounts.sql');
  await writeFile(file, statements.map((statement) => `${statement};\n`).join(''), { mode: 0o600 });
  return file;
}

async function chooseSocket(dir: string): Promise<{ path: string; release(): Promise<void> }> {
  const path = join(dir, 'mariadbd.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES) return { path, release: async () => undefined };
  const shortDir = await mkdtemp(join(tmpdir(), 'klevr-'));
  return {
    path: join(shortDir, 's'),
    release: () => rm(shortDir, { recursive: true, force: true }),
  };
}
