/**
 * `running.json` in Klevr's home: tells programs of the same user where the running system is and how to log in. It exists only while
 * all is ready; readers see the old or the new content, never a part.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const RunningSystem = z.object({
  /** The origin, without `/api/v1`. */
  apiUrl: z.string(),
  username: z.string(),
  /** Null where it has been changed since it was generated. */
  password: z.string().nullable(),
  /** The demo zone's name. */
  zone: z.string(),
  processes: z.array(
    z.object({
      name: z.string(),
      pid: z.number().int(),
      agentId: z.string().optional(),
      workerId: z.string().optional().describe('an agent that provisions'),
    }),
  ),
});
export type RunningSystem = z.infer<typeof RunningSystem>;

const fileIn = (home: string): string => join(home, 'running.json');

export async function writeRunningFile(home: string, running: RunningSystem): Promise<void> {
  const draft = `${fileIn(home)}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(running, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, fileIn(home));
}

/** Throws if no system runs from this home. */
export async function readRunningFile(home: string): Promise<RunningSystem> {
  const text = await readFile(fileIn(home), 'utf8').catch((cause: unknown) => {
    throw new Error(`no system runs from ${home}; start one with: npm start`, { cause });
  });
  return RunningSystem.parse(JSON.parse(text));
}

export async function removeRunningFile(home: string): Promise<void> {
  await rm(fileIn(home), { force: true });
}
