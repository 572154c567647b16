import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Which tools the host has, with their versions.
 * Promises: every tool is asked at most once as long as its file stays the same; none is run by a shell, from a relative folder of the path, or for
 * longer than its time limit, with all that it started. Does not: say whether a tool works; a daemon behind it may be away.
 */
type Ways = readonly (readonly [command: string, ...args: string[]])[];

/** By the name of the capability; of several commands the first that answers counts. */
const tools: Readonly<Record<string, Ways>> = {
  bash: [['bash', '--version']],
  docker: [['docker', '--version']],
  git: [['git', '--version']],
  helm: [['helm', 'version', '--short']],
  kubectl: [['kubectl', 'version', '--client']],
  libvirt: [
    ['virsh', '--version'],
    ['libvirtd', '--version'],
  ],
  podman: [['podman', '--version']],
  python: [['python3', '--version']],
  systemd: [['systemctl', '--version']],
  terraform: [['terraform', 'version']],
};
const longestMs = 3_000;
const mostOutput = 64 * 1024;

interface Answer {
  /** Of the file that answered: another one is asked anew. */
  readonly file: string;
  readonly version: string;
}

export class Capabilities {
  private readonly answers = new Map<string, Answer>();

  constructor(
    private readonly path: string,
    private readonly timeoutMs = longestMs,
  ) {}

  /** In the order of their names; `onFound` hears of each as it comes. One that does not answer in time is left out, and asked again the next time. */
  async find(onFound: (tool: string, version: string) => void = () => undefined): Promise<Record<string, string>> {
    const found = await Promise.all(
      Object.entries(tools).map(async ([tool, ways]) => {
        for (const [command, ...args] of ways) {
          const version = await this.versionOf(command, args);
          if (version === undefined) continue;
          onFound(tool, version);
          return [[tool, version] as const];
        }
        return [];
      }),
    );
    return Object.fromEntries(found.flat());
  }

  private async versionOf(command: string, args: readonly string[]): Promise<string | undefined> {
    const found = await findOnPath(command, this.path);
    const known = this.answers.get(command);
    if (found === undefined || known?.file === found.identity) return found && known?.version;
    this.answers.delete(command);
    const version = versionFrom(await ask(found.file, args, this.path, this.timeoutMs));
    if (version !== undefined) this.answers.set(command, { file: found.identity, version });
    return version;
  }
}

/** The first thing in the text that looks like a version. */
export const versionFrom = (text: string): string | undefined => /\d+(\.\d+)+([-+.][0-9A-Za-z.]+)?|\b\d+\b/.exec(text)?.[0];

/** The folders of the path that a tool may be in. */
export const foldersOf = (path: string): string[] => [...new Set(path.split(delimiter).filter((folder) => isAbsolute(folder)))];

const findOnPath = async (command: string, path: string): Promise<{ file: string; identity: string } | undefined> => {
  for (const folder of foldersOf(path)) {
    const file = join(folder, command);
    try {
      await access(file, constants.X_OK);
      const { dev, ino, size, mtimeMs, ctimeMs } = await stat(file);
      return { file, identity: [file, dev, ino, size, mtimeMs, ctimeMs].join(' ') };
    } catch {
      // Not in this one.
    }
  }
  return undefined;
};

/** Its output if it ended well in time. Nothing of the agent's own settings and secrets is handed to it. */
const ask = (file: string, args: readonly string[], path: string, timeoutMs: number): Promise<string> =>
  new Promise((resolve) => {
    const env = { PATH: path, HOME: homedir(), LC_ALL: 'C', CHECKPOINT_DISABLE: '1' };
    const child = spawn(file, args, { env, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    const finish = (answer: string): void => {
      clearTimeout(limit);
      child.stdout.destroy();
      resolve(answer);
    };
    const limit = setTimeout(() => {
      if (child.pid !== undefined) killGroup(child.pid);
      finish('');
    }, timeoutMs);
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      if (output.length < mostOutput) output += text;
    });
    child.on('error', () => finish(''));
    child.on('close', (code) => finish(code === 0 ? output : ''));
  });

const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody left.
  }
};
