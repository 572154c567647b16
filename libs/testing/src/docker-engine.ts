/**
 * A Docker Engine of its own for tests: dockerd with its own containerd, data and socket, in process and mount namespaces of its own.
 * Promises: it knows nothing of an engine of this machine, nor that one of it; whatever it runs ends with it, and it ends with this process; `close` leaves
 * no process, mount, control group or network behind. Published ports are on this machine's loopback. Does not: reach a registry, or filter by iptables.
 * After a SIGKILL of the tests an idle bridge (`br-…`) and empty control groups may stay until the next start of the machine.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, constants, mkdtemp, readFile, readdir, rm, rmdir, stat, symlink, mkdir, copyFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ManagedChild, startChild } from '@klevr/launcher/child-process';
import { type FoundPrograms, findPrograms } from './debian-programs.js';
import { eventually } from './eventually.js';

const run = promisify(execFile);
const controlGroups = '/sys/fs/cgroup';
const engineParts = {
  name: 'docker',
  programs: ['dockerd', 'containerd', 'runc', 'docker-proxy'],
  packages: ['docker.io', 'containerd', 'runc', 'iptables', 'tini'],
} as const;
const busyboxParts = { name: 'busybox', programs: ['busybox'], packages: ['busybox-static'], installed: false } as const;

/** Why there cannot be one here; undefined where there can. */
export const dockerObstacle = async (): Promise<string | undefined> => {
  if (process.getuid?.() !== 0) return 'needs root';
  const groups = await access(controlGroups, constants.W_OK).then(
    () => readdir(controlGroups),
    () => [],
  );
  if (groups.length === 0) return 'control groups cannot be written';
  const namespaces = await run('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { timeout: 10_000 }).then(
    () => undefined,
    () => 'namespaces cannot be made',
  );
  if (namespaces !== undefined) return namespaces;
  return Promise.all([findPrograms(engineParts), findPrograms(busyboxParts)]).then(
    () => undefined,
    (error: Error) => `Docker Engine is not to be had: ${error.message.slice(0, 200)}`,
  );
};

export class DockerEngine {
  private constructor(
    private readonly programs: FoundPrograms,
    private readonly busybox: string,
    private readonly folder: string,
    private child: ManagedChild,
    private readonly group: string,
  ) {}

  static async start(): Promise<DockerEngine> {
    const [programs, { paths }] = await Promise.all([findPrograms(engineParts), findPrograms(busyboxParts)]);
    // Short: containerd's sockets lie below it, and a socket's path has room for 107 bytes.
    const folder = await mkdtemp(join(tmpdir(), 'kd-'));
    const group = `klevr-test-${randomBytes(6).toString('hex')}`;
    try {
      return new DockerEngine(programs, paths.busybox ?? 'busybox', folder, await startDaemon(programs, folder, group), group);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get socket(): string {
    return socketIn(this.folder);
  }

  /** As if the power of the engine's host failed: every container ends too. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.child.exited;
    await this.removeGroups();
  }

  /** After `kill`, with what it kept. */
  async startAgain(): Promise<void> {
    this.child = await startDaemon(this.programs, this.folder, this.group);
  }

  /** Makes an image of nothing but busybox, with its commands in /bin. */
  async makeImage(repository: string, tag: string): Promise<void> {
    const tar = await this.rootFileSystem();
    await this.ask('POST', `/images/create?fromSrc=-&repo=${encodeURIComponent(repository)}&tag=${tag}`, await readFile(tar));
  }

  /** A tar of a root file system, for imports. */
  async rootFileSystem(): Promise<string> {
    const file = join(this.folder, 'root.tar');
    if (await stat(file).catch(() => undefined)) return file;
    const root = join(this.folder, 'root');
    for (const name of ['bin', 'etc', 'tmp']) await mkdir(join(root, name), { recursive: true });
    await copyFile(this.busybox, join(root, 'bin/busybox'));
    for (const name of ['sh', 'cat', 'httpd', 'sleep', 'echo', 'wget', 'id', 'env', 'ls', 'true', 'false'])
      await symlink('busybox', join(root, 'bin', name));
    await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
    await run('tar', ['-C', root, '-cf', file, '.'], { timeout: 20_000 });
    return file;
  }

  /** A request of the engine's own API; answers what it says, parsed where it is JSON. */
  ask(method: string, path: string, body?: object | Buffer): Promise<unknown> {
    return ask(this.socket, method, path, body);
  }

  async close(): Promise<void> {
    // By the engine itself, as its networks are devices of this machine.
    const containers = (await this.ask('GET', '/containers/json?all=1').catch(() => [])) as { Id: string }[];
    for (const { Id } of containers) await this.ask('DELETE', `/containers/${Id}?force=1&v=1`).catch(() => undefined);
    await this.ask('POST', '/networks/prune').catch(() => undefined);
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** They can be removed only once no process is in them, which is the proof that all of them ended. */
  private async removeGroups(): Promise<void> {
    const kept = await readdir(controlGroups);
    for (const place of [controlGroups, ...kept.map((name) => join(controlGroups, name))]) await removeGroup(join(place, this.group));
  }
}

const socketIn = (folder: string): string => join(folder, 's');

const startDaemon = async (programs: FoundPrograms, folder: string, group: string): Promise<ManagedChild> => {
  const config = join(folder, 'daemon.json');
  await writeFile(config, '{}');
  await rm(join(folder, 'pid'), { force: true });
  const options = [
    ...['--config-file', config, '--data-root', join(folder, 'd'), '--exec-root', join(folder, 'e'), '--pidfile', join(folder, 'pid')],
    ...['-H', `unix://${socketIn(folder)}`, '--storage-driver=vfs', `--cgroup-parent=/${group}`, '--group=0'],
    ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'],
    ...['--userland-proxy-path', programs.paths['docker-proxy'] ?? 'docker-proxy'],
  ];
  // A /run of its own: there containerd has the sockets of its containers, and would find another's.
  const inside = 'mount -t tmpfs none /run && exec "$0" "$@"';
  return startChild({
    name: 'dockerd',
    command: 'unshare',
    args: ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', inside, programs.paths['dockerd'] ?? 'dockerd', ...options],
    env: { ...programs.env, HOME: folder, LC_ALL: 'C', DOCKER_TMPDIR: folder },
    cwd: folder,
    logFile: join(folder, 'dockerd.log'),
    readyLine: /API listen on/,
    readyTimeoutMs: 60_000,
  });
};

const removeGroup = async (path: string): Promise<void> => {
  const below = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (below === undefined) return;
  for (const entry of below) if (entry.isDirectory()) await removeGroup(join(path, entry.name));
  await eventually(`the control group ${path} is empty`, 20_000, () => rmdir(path).then(() => true));
};

const ask = (socketPath: string, method: string, path: string, body?: object | Buffer): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const data = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const large = Buffer.isBuffer(body);
    // A large body is sent once the engine wants it: one that refuses would hang up in the middle, and its answer be lost.
    const headers = large ? { 'content-type': 'application/x-tar', expect: '100-continue' } : { 'content-type': 'application/json' };
    const asked = request({ socketPath, method, path, headers, timeout: 30_000, agent: false }, (response: IncomingMessage) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part)).on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
        else resolve(parsed(text));
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer`))).on('error', reject);
    if (large) asked.on('continue', () => asked.end(data)).flushHeaders();
    else asked.end(data);
  });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
