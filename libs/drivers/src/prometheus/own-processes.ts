import { readdir, readFile, readlink, stat } from 'node:fs/promises';

/**
 * Which processes of this host belong to a stack.
 * Promises: a process is found by the marks that its environment has from its first moment on, so none is lost however its starter ended, and none is taken for
 * one that it is not, whatever became of its number; processes of other users, who may give theirs any marks, are none of it. Does not: work without Linux's /proc.
 */
export interface OwnProcess {
  readonly pid: number;
  readonly resourceId: string;
  readonly name: string;
  /** Of what it was started with. */
  readonly flags: string;
  /** The file of its program was replaced or removed since. */
  readonly outdated: boolean;
  /** Since the boot; the number alone may come to mean another process. */
  readonly startTicks: string;
}

export const marks = {
  folder: 'KLEVR_STACK_FOLDER',
  resource: 'KLEVR_STACK_RESOURCE',
  name: 'KLEVR_STACK_PART',
  flags: 'KLEVR_STACK_FLAGS',
};

const atOnce = 64;

export const ownProcesses = async (folder: string): Promise<OwnProcess[]> => {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: OwnProcess[] = [];
  for (let from = 0; from < pids.length; from += atOnce) {
    const looked = await Promise.all(pids.slice(from, from + atOnce).map((pid) => lookAt(pid, folder)));
    found.push(...looked.filter((one) => one !== undefined));
  }
  return found.sort((a, b) => a.pid - b.pid);
};

export const stillRuns = async ({ pid, startTicks }: Pick<OwnProcess, 'pid' | 'startTicks'>): Promise<boolean> => {
  const now = await statOf(pid);
  return now !== undefined && now.startTicks === startTicks && !now.dead;
};

/** A signal for this process and no other. */
export const signal = async (process_: OwnProcess, name: NodeJS.Signals): Promise<void> => {
  if (!(await stillRuns(process_))) return;
  try {
    process.kill(process_.pid, name);
  } catch {
    // It ended meanwhile.
  }
};

const lookAt = async (pid: number, folder: string): Promise<OwnProcess | undefined> => {
  const owner = await stat(`/proc/${pid}`).catch(() => undefined);
  if (owner === undefined || owner.uid !== process.getuid?.()) return undefined;
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  if (!environment.includes(`${marks.folder}=${folder}\0`)) return undefined;
  const entries = new Map(environment.split('\0').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const [resourceId, name, flags] = [entries.get(marks.resource), entries.get(marks.name), entries.get(marks.flags)];
  const state = await statOf(pid);
  if (resourceId === undefined || name === undefined || flags === undefined || state === undefined || state.dead) return undefined;
  const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
  return { pid, resourceId, name, flags, outdated: program.endsWith(' (deleted)'), startTicks: state.startTicks };
};

/** Fields of `/proc/<pid>/stat` after the program's name, which may hold anything. */
const statOf = async (pid: number): Promise<{ startTicks: string; dead: boolean } | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, threads, startTicks] = [fields?.[0], fields?.[17], fields?.[19]];
  // The first thread may have ended while others still hold what they share: files, ports.
  return startTicks === undefined ? undefined : { startTicks, dead: (state === 'Z' || state === 'X') && Number(threads) <= 1 };
};
