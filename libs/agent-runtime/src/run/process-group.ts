import { existsSync, readFileSync, readdirSync } from 'node:fs';

/**
 * A process group, and whether a number still means the same one.
 * Promises: a group is signalled only while it is the one that was recorded: same boot, and either its leader started at the recorded tick or, when the
 * leader is gone, a member carries the run's own mark in its environment. Does not: work without Linux's /proc; there nothing left over is signalled.
 */
export interface RecordedGroup {
  readonly pid: number;
  readonly startTicks: string | null;
  readonly bootId: string;
  readonly mark: string;
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
};

let bootId: string | undefined;
export const currentBootId = (): string => (bootId ??= read('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown');

/** Fields of `/proc/<pid>/stat` from the third on; the second holds the program's name and may contain anything. */
export const parseStat = (stat: string): { state: string; group: number; session: number; startTicks: string } | undefined => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, group, session, startTicks] = [fields[0] ?? '', Number(fields[2]), Number(fields[3]), fields[19]];
  return Number.isInteger(group) && startTicks !== undefined ? { state, group, session, startTicks } : undefined;
};

const statOf = (pid: number): ReturnType<typeof parseStat> => {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : parseStat(stat);
};

export const recordGroup = (pid: number, mark: string): RecordedGroup => ({
  pid,
  startTicks: statOf(pid)?.startTicks ?? null,
  bootId: currentBootId(),
  mark,
});

/** Sends a signal to all of the group; false where there is none any more. */
export const signalGroup = (pid: number, signal: NodeJS.Signals): boolean => signalProcess(-pid, signal);

/** Sends a signal to one process, or to a group where the number is negative; false where there is none any more. */
export const signalProcess = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
};

/** Whether anything of the group still runs. What is dead and only waits to be collected does not count: who collects it may never do so. */
export const groupRuns = (pid: number): boolean => {
  if (!signalProcess(-pid, 0)) return false;
  const members = processIds().flatMap((member) => {
    const stat = statOf(member);
    return stat?.group === pid ? [stat] : [];
  });
  return members.some(({ state }) => state !== 'Z' && state !== 'X') || !existsSync('/proc/self/stat');
};

const processIds = (): number[] => {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
};

/** True where the recorded group still has members. */
export const groupLives = (group: RecordedGroup): boolean => {
  if (group.bootId !== currentBootId() || group.startTicks === null) return false;
  const leader = statOf(group.pid);
  if (leader !== undefined) return leader.group === group.pid && leader.startTicks === group.startTicks;
  const members = processIds().filter((pid) => statOf(pid)?.group === group.pid);
  return members.some((pid) => read(`/proc/${pid}/environ`)?.split('\0').includes(group.mark) === true);
};
