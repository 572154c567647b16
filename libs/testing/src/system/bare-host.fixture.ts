import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../eventually.js';

/**
 * A host with nothing but Node.js and the few programs that a POSIX shell script needs: a root file system of its own, in mount and process namespaces of its own,
 * on the network of this machine.
 * Promises: nothing of this machine's files is seen in it but /dev/null and /dev/urandom; when the test's process ends, however it ends, every process and
 * every mount of it is gone. Needs: root, and util-linux with unshare and nsenter.
 */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

export interface Pasted {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<Outcome>;
}

const run = promisify(execFile);
const tools = 'cat chmod cp cut grep head id ls mkdir mv rm rmdir sed sha256sum sleep tail tr'.split(' ');
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const folders = ['bin', 'dev', 'etc', 'home/user', 'proc', 'root', 'tmp', 'usr/local/bin', 'usr/local/lib', 'var/lib'];

export class BareHost {
  private constructor(
    readonly root: string,
    private readonly holder: ChildProcess,
  ) {}

  /** Why there cannot be one here; undefined where there can. */
  static async obstacle(): Promise<string | undefined> {
    if (process.getuid?.() !== 0) return 'needs root';
    return run('unshare', ['--mount', '--pid', '--fork', 'true'], { timeout: 10_000 }).then(
      () => undefined,
      (error: Error) => `namespaces cannot be made: ${error.message.slice(0, 200)}`,
    );
  }

  static async make(root: string): Promise<BareHost> {
    for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
    await install(root, process.execPath, '/usr/local/bin/node');
    await install(root, await pathOf('sh'), '/bin/sh');
    for (const tool of tools) await install(root, await pathOf(tool), `/bin/${tool}`);
    for (const device of ['null', 'urandom']) await writeFile(join(root, 'dev', device), '');
    await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n');
    await run('chown', ['1000:1000', join(root, 'home/user')]);
    await run('chmod', ['1777', join(root, 'tmp')]);
    const mounts = 'mount -t proc proc proc && mount --bind /dev/null dev/null && mount --bind /dev/urandom dev/urandom';
    // It ends when its input does, and with it, the first process of its namespace, all others; so even SIGKILL to this test leaves nothing.
    const holder = spawn('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', `${mounts} && echo there && exec chroot . /bin/cat`], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await Promise.race([
      once(holder.stdout, 'data'),
      once(holder, 'exit').then(() => Promise.reject(new Error('the namespaces cannot be set up'))),
    ]);
    return new BareHost(root, holder);
  }

  /** Starts what a person at this host would type. */
  paste(command: string, { user = 0, env = {} }: { user?: 0 | 1000; env?: Record<string, string> } = {}): Pasted {
    const namespaces = `/proc/${this.holder.pid}/ns`;
    const enter = [`--mount=${namespaces}/mnt`, `--pid=${namespaces}/pid_for_children`];
    const child = spawn('nsenter', [...enter, 'chroot', `--userspec=${user}:${user}`, this.root, '/bin/sh'], {
      env: { PATH, HOME: user === 0 ? '/root' : '/home/user', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // Typed, not an argument: nothing of it shows in the list of processes unless the command itself puts it there.
    child.stdin.on('error', () => undefined).end(`${command}\n`);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
    return { child, output: () => output, ended };
  }

  /** The same, to its end. */
  async type(command: string, options: { user?: 0 | 1000; env?: Record<string, string>; timeoutMs?: number } = {}): Promise<Outcome> {
    const pasted = this.paste(command, options);
    const tooLate = setTimeout(() => pasted.child.kill('SIGKILL'), options.timeoutMs ?? 30_000);
    return pasted.ended.finally(() => clearTimeout(tooLate));
  }

  /** The command lines of what runs there, without what keeps it up and without the question itself. */
  async processes(): Promise<string[]> {
    const { output } = await this.type(String.raw`for one in /proc/[0-9]*; do tr '\0' ' ' <$one/cmdline; echo; done 2>/dev/null`);
    return output.split('\n').flatMap((line) => (line === '' || /^(\/bin\/cat|\/bin\/sh) $/.test(line) ? [] : [line.trim()]));
  }

  path(inside: string): string {
    return join(this.root, inside);
  }

  async exists(inside: string): Promise<boolean> {
    return stat(this.path(inside)).then(
      () => true,
      () => false,
    );
  }

  /** Ends all that runs there and removes it. */
  async close(): Promise<void> {
    const ended = once(this.holder, 'exit');
    this.holder.stdin?.end();
    await ended;
    await eventually('the namespace to be gone', 10_000, () => rm(this.root, { recursive: true, force: true }).then(() => true));
  }
}

const pathOf = async (program: string): Promise<string> => realpath((await run('/bin/sh', ['-c', `command -v ${program}`])).stdout.trim());

/** Copies a program, and the libraries that it is linked with to where its loader looks for them. */
const install = async (root: string, program: string, place: string): Promise<void> => {
  await copy(program, join(root, place));
  const { stdout } = await run('ldd', [program]).catch(() => ({ stdout: '' }));
  for (const [, library = ''] of stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)) await copy(library, join(root, library));
};

const copy = async (from: string, to: string): Promise<void> => {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(await realpath(from), to);
};
