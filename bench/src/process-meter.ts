import { readFile, readdir } from 'node:fs/promises';

/** What processes of this machine use, as the kernel counts it: processor time and resident memory. Linux only. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}

const ticksASecond = 100;
const pageBytes = 4096;

export const usageOf = async (pid: number): Promise<Usage> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name may hold anything, so the fields are counted from its closing bracket: user and system time are the 12th and 13th, pages the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
  return { cpuSeconds: (user + system) / ticksASecond, rssMiB: (Number(fields[21]) * pageBytes) / 1024 ** 2 };
};

/** The servers that were started with something of this folder on their command line, by the name of their program. */
export const serversOf = async (folder: string): Promise<Map<string, number>> => {
  const found = new Map<string, number>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const program = /(?:^|\/)(nats-server|mariadbd|redis-server)(?: |$)/.exec(command.split('\0')[0] ?? '')?.[1];
    if (program !== undefined && (command.includes(folder) || (await isIn(pid, folder)))) found.set(program, Number(pid));
  }
  return found;
};

/** A server rewrites its own command line (redis does): its working folder tells as well. */
const isIn = async (pid: string, folder: string): Promise<boolean> => {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment.includes(folder);
};

export interface Used {
  readonly cpuSeconds: number;
  readonly cores: number;
  readonly rssMiB: number;
}

/** What each process used between two looks, and its memory at the second. */
export const meter = async (pids: ReadonlyMap<string, number>): Promise<() => Promise<Map<string, Used>>> => {
  const look = async () => new Map(await Promise.all([...pids].map(async ([name, pid]) => [name, await usageOf(pid)] as const)));
  const [before, startedAt] = [await look(), performance.now()];
  return async () => {
    const [after, seconds] = [await look(), (performance.now() - startedAt) / 1000];
    const usedBy = ([name, usage]: [string, Usage]): [string, Used] => {
      const cpuSeconds = usage.cpuSeconds - (before.get(name)?.cpuSeconds ?? 0);
      return [name, { cpuSeconds, cores: cpuSeconds / seconds, rssMiB: usage.rssMiB }];
    };
    return new Map([...after].map(usedBy));
  };
};
