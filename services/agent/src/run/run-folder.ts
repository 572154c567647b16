import { lstat, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@klevr/platform/log';
import { z } from 'zod';
import { groupLives, recordGroup, signalGroup } from './process-group.js';

/**
 * The private folder of one attempt: scripts, parameters, outputs, and the record of the process group that runs now.
 * Promises: only the agent's user can read it; `endLeftOver` ends the groups of an earlier life of the agent and removes their folders.
 * Does not: survive the end of the attempt.
 */
const groupFile = 'group.json';
const Group = z.object({ pid: z.number().int().min(2), startTicks: z.string().nullable(), bootId: z.string(), mark: z.string() });

export const maxInlineOutputBytes = 65_536;

export class RunFolder {
  private constructor(readonly path: string) {}

  static async make(root: string, name: string): Promise<RunFolder> {
    const path = join(root, name);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return new RunFolder(path);
  }

  async write(name: string, text: string): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  /** In the same turn as the spawn, so that a crash right after it leaves no group that nobody knows of. */
  recordGroup(pid: number, mark: string): void {
    writeFileSync(join(this.path, groupFile), JSON.stringify(recordGroup(pid, mark)), { mode: 0o600 });
  }

  groupEnded(): void {
    rmSync(join(this.path, groupFile), { force: true });
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** What a step wrote, as text of at most 64 KiB: cut between characters, bytes that are no UTF-8 replaced. */
export const inlineOutput = async (path: string): Promise<string | null> => {
  // A script may have taken the file away, or put something there that blocks or never ends.
  const isFile = await lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return null;
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(maxInlineOutputBytes), 0, maxInlineOutputBytes, 0);
    return bytesRead === 0 ? null : textOf(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
};

/** A decoder that is told that more may follow keeps a torn last character back. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes, { stream: bytes.length >= maxInlineOutputBytes });

export const endLeftOver = async (root: string, log: Log): Promise<void> => {
  for (const name of await readdir(root)) {
    const text = await readFile(join(root, name, groupFile), 'utf8').catch(() => undefined);
    const group = text === undefined ? undefined : parseGroup(text);
    if (group !== undefined && groupLives(group) && signalGroup(group.pid, 'SIGKILL')) {
      log.warn({ run: name, pid: group.pid }, 'process group of an earlier life ended');
    }
    await rm(join(root, name), { recursive: true, force: true });
  }
};

const parseGroup = (text: string): z.output<typeof Group> | undefined => {
  try {
    return Group.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};
