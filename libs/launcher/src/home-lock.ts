/**
 * One launcher a home. The lock names a process by id and start time, so that a lock left by a crash binds nobody, not even after the id
 * was given to another process. Does not work across machines that share a folder.
 */
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './system-error.js';

export class HomeLockedError extends Error {
  constructor(home: string, pid: number) {
    super(`Klevr already runs from ${home} (process ${pid}); stop that one first, or set KLEVR_HOME to another folder`);
    this.name = 'HomeLockedError';
  }
}

/** Answers how to give the lock back. */
export async function lockHome(home: string): Promise<() => Promise<void>> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const file = join(home, 'lock');
  const mine = `${process.pid} ${await startTimeOf(process.pid)}\n`;
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    while (!(await linked(draft, file))) {
      const holder = await readFile(file, 'utf8').catch(() => '');
      const [pid = 0, startTime] = holder.trim().split(' ').map(Number);
      if (pid > 0 && startTime !== undefined && (await startTimeOf(pid)) === startTime) throw new HomeLockedError(home, pid);
      await takeAway(file, holder);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return () => takeAway(file, mine);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock only if it still is the one that was read: another launcher may have taken its place meanwhile. */
async function takeAway(file: string, content: string): Promise<void> {
  const aside = `${file}.${process.pid}.old`;
  const moved = await rename(file, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readFile(aside, 'utf8')) !== content) await linked(aside, file);
  await rm(aside, { force: true });
}

/** In clock ticks since boot; 0 for a process that does not exist. */
async function startTimeOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in parentheses may hold anything; the fields after it are counted from its end: the start time is field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[19] ?? 0);
}
