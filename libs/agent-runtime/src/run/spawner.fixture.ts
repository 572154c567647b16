import { SystemClock, type Clock } from '@klevr/platform/clock';
import { createLogger } from '@klevr/platform/logger';
import { build } from 'esbuild';
import { OutputPipes } from './output-pipes.js';
import { Spawner } from './spawner.js';

const log = createLogger({ service: 'test', level: 'error', destination: { write: () => undefined } });

/** Scripts are begun by the test's own process; with a folder their output goes through named pipes. */
export const spawnerHere = (folder?: string, mkfifo?: string): Spawner => spawnerOf(folder, undefined, new SystemClock(), mkfifo);

/** The program is what the agent's file is made of. */
export const spawnerApart = async (folder: string, clock: Pick<Clock, 'setTimer'> = new SystemClock()): Promise<Spawner> => {
  const entry = new URL('spawner-main.ts', import.meta.url).pathname;
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, platform: 'node', format: 'esm' });
  return spawnerOf(folder, outputFiles[0]?.text, clock);
};

export const spawnerOf = (
  folder: string | undefined,
  program: string | undefined,
  clock: Pick<Clock, 'setTimer'>,
  mkfifo?: string,
): Spawner => new Spawner({ pipes: folder === undefined ? undefined : new OutputPipes(folder, mkfifo), program, clock, log });

/** The number of its process, from the first script on that is not begun here. */
export const untilReady = async (spawner: Spawner): Promise<number> => {
  for (;;) {
    const begun = await spawner.begin({ line: ['/bin/sh', '-c', 'echo $PPID'], cwd: '/', env: {} });
    if (begun.pid === undefined) throw new Error(begun.fault);
    let text = '';
    begun.outputs.stderr.resume();
    for await (const piece of begun.outputs.stdout) text += String(piece);
    await begun.ended;
    if (Number(text) !== process.pid) return Number(text);
  }
};
