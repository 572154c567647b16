/**
 * A libvirt daemon of its own for tests, with QEMU: the machine's own programs, or Debian's packages extracted and laid over /usr in a mount namespace that only
 * the daemon sees. It runs in a session of its own (socket, settings, state in one folder), beside a system's daemon.
 * Promises: whatever it started ends with it, and it ends with this process; needs no root where users may make namespaces. Does not: bridge networks (a session
 * has no right to); `test:///default` on the same socket has pretended ones.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ManagedChild, startChild } from '@klevr/launcher/child-process';
import { findPrograms, type FoundPrograms } from './debian-programs.js';
import { eventually } from './eventually.js';

const run = promisify(execFile);
const namespaces = ['--map-root-user', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const libvirtParts = {
  name: 'libvirt',
  programs: ['libvirtd', 'virtlogd', 'qemu-system-x86_64', 'qemu-img'],
  packages: ['libvirt-daemon', 'libvirt-daemon-driver-qemu', 'qemu-system-x86', 'qemu-utils'],
} as const;

/** Why there cannot be one here; undefined where there can. */
export const libvirtObstacle = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'needs Linux on x86-64';
  try {
    const { root } = await findPrograms(libvirtParts);
    await run('unshare', [...namespaces, 'sh', '-c', `${overlay(root)} unshare --user --map-user=1000 true`], { timeout: 10_000 });
    return undefined;
  } catch (error) {
    return `libvirt cannot be run: ${error instanceof Error ? error.message.slice(0, 200) : String(error)}`;
  }
};

export class PrivateLibvirtd {
  /** For `qemu:///session` and `test:///default`. */
  readonly socketPath: string;

  private constructor(
    readonly folder: string,
    private readonly child: ManagedChild,
  ) {
    this.socketPath = socketIn(folder);
  }

  static async start(): Promise<PrivateLibvirtd> {
    const programs = await findPrograms(libvirtParts);
    // Not below the temporary folder of the run: a socket's path has room for 107 bytes, and those of QEMU lie deep below this one.
    const folder = await mkdtemp('/tmp/kv-');
    try {
      const child = await startDaemon(programs, folder);
      const libvirtd = new PrivateLibvirtd(folder, child);
      await libvirtd.ready();
      return libvirtd;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The daemon dies and comes back; the machines that it started run on. */
  async restart(): Promise<void> {
    const before = await this.daemonPid();
    process.kill(before, 'SIGKILL');
    await eventually('another daemon', 20_000, async () => ((await this.daemonPid()) === before ? undefined : true));
    await this.ready();
  }

  async close(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.child.exited;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async ready(): Promise<void> {
    await eventually('libvirtd listens', 20_000, () => listens(this.socketPath));
  }

  /** The shell of the namespace is a child of `unshare`; it starts the daemon, and gets the machines that became orphans. */
  private async daemonPid(): Promise<number> {
    for (const shell of await childrenOf(this.child.pid))
      for (const pid of await childrenOf(shell)) if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'libvirtd') return pid;
    throw new Error('libvirtd does not run');
  }
}

const socketIn = (folder: string): string => join(folder, 'run/libvirt/libvirt-sock');

/** The extracted packages over the machine's own files, for who runs in this namespace. */
const overlay = (root: string | undefined): string =>
  root === undefined
    ? ''
    : ['usr', 'lib']
        .map((part) => `mount -t overlay klevr -o "ro,lowerdir=${root}/${part}:/${mountOf(part)}" "/${mountOf(part)}" &&`)
        .join(' ');
/** /lib is a link to it. */
const mountOf = (part: string): string => (part === 'lib' ? 'usr/lib' : part);

const startDaemon = async ({ root }: FoundPrograms, folder: string): Promise<ManagedChild> => {
  for (const name of ['run', 'cache', 'home', 'config/libvirt']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'config/libvirt/libvirtd.conf'), `host_uuid = "${randomUUID()}"\n`);
  // Not as root, as libvirtd would then be the system's one. It is started anew when it dies, and orphans find their parent in this shell.
  const loop = `${overlay(root)} while :; do unshare --user --map-user=1000 --map-group=1000 libvirtd; sleep 0.05; done`;
  return startChild({
    name: 'libvirtd',
    command: 'unshare',
    args: [...namespaces, 'sh', '-c', loop],
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      HOME: join(folder, 'home'),
      XDG_RUNTIME_DIR: join(folder, 'run'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_CACHE_HOME: join(folder, 'cache'),
    },
    logFile: join(folder, 'libvirtd.log'),
  });
};

const listens = (path: string): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });

const childrenOf = async (pid: number): Promise<number[]> => {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8')));
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
};
