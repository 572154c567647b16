import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { klevrHome } from '@klevr/launcher/klevr-home';
import { z } from 'zod';

/** What a running `npm start` tells programs. */
export const RunningSystem = z.object({
  apiUrl: z.url(),
  username: z.string(),
  password: z.string(),
  zone: z.string(),
  processes: z.array(z.object({ name: z.string(), pid: z.number().int(), agentId: z.string().optional() })),
});
export type RunningSystem = z.infer<typeof RunningSystem>;

/** Throws with the cure where nothing runs. */
export const readRunningSystem = async (): Promise<RunningSystem> => {
  const file = join(klevrHome(process.env), 'running.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error('no running system was found; start one with: npm start', { cause });
  });
  return RunningSystem.parse(JSON.parse(text));
};
