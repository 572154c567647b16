import { utimes, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { StackProcess } from './stack-process.js';
import { watchLifeLine } from './life-line.js';
import { complaintIn } from './log-rotation.js';
import { ownProcesses, signal as send, stillRuns, type OwnProcess } from './own-processes.js';
import { lifeLinePath, logPath, type ProcessKeeper, type StackOfProcesses } from './process-keeper.js';
import { loadedConfig, readiness } from './stack-http.js';
import { newestChangeMs } from './stack-look.js';

/** Starts, ends and reloads the processes of one stack, and answers only when that has come true. */
export interface ProcessWork {
  readonly keeper: ProcessKeeper;
  readonly stack: StackOfProcesses;
  /** The mark of this worker's folder. */
  readonly owner: string;
  readonly signal: AbortSignal;
  say(line: string): void;
}

const endMs = 60_000;
const silentMs = 60_000;
/** Old data is read before the first answer, which may take its time. */
const startingMs = 900_000;
const reloadMs = 30_000;

export const runningOf = async ({ owner, stack }: Pick<ProcessWork, 'owner' | 'stack'>, name?: string): Promise<OwnProcess[]> =>
  (await ownProcesses(owner)).filter((one) => one.resourceId === stack.resourceId && (name === undefined || one.name === name));

export const startProcess = async (work: ProcessWork, process: StackProcess): Promise<void> => {
  const { keeper, stack } = work;
  const log = logPath(stack.folder, process.name);
  const loggedBefore = await stat(log).then(
    ({ size }) => size,
    () => 0,
  );
  await portIsFree(process);
  await keeper.start(stack, process);
  const begun = performance.now();
  for (let waitMs = 25; ; waitMs = Math.min(waitMs * 1.3, 500)) {
    const told = await readiness(process.url, process.readyPath);
    const [running] = await runningOf(work, process.name);
    // Systemd may be about to start it.
    if (running === undefined && (keeper.kind === 'detached' || performance.now() - begun > silentMs))
      throw new Error(`${process.name} ended at once: ${await complaintIn(log, loggedBefore)}`);
    if (told.state === 'ready' && running !== undefined) return;
    if (performance.now() - begun > (told.state === 'starting' ? startingMs : silentMs))
      throw new Error(`${process.name} is not ready: ${told.message}; ${await complaintIn(log, loggedBefore)}`);
    // Nothing tells when it is ready.
    await pause(waitMs, undefined, { signal: work.signal });
  }
};

/** Ends every process of this name. */
export const stopProcess = async (work: ProcessWork, name: string): Promise<void> => {
  for (const running of await runningOf(work, name)) {
    await work.keeper.stop(work.stack, running);
    if (await hasEnded(work, running)) continue;
    work.say(`${name} does not end; it is killed`);
    await send(running, 'SIGKILL');
    if (!(await hasEnded(work, running))) throw new Error(`${name} (process ${running.pid}) does not end`);
  }
};

export const reloadProcess = async (work: ProcessWork, process: StackProcess): Promise<void> => {
  const [running] = await runningOf(work, process.name);
  if (running === undefined) throw new Error(`${process.name} does not run`);
  if (process.reload === undefined) return;
  const { metrics, files } = process.reload;
  const log = logPath(work.stack.folder, process.name);
  const loggedBefore = await stat(log).then(
    ({ size }) => size,
    () => 0,
  );
  const writtenMs = await notInTheFuture(files);
  const before = await loadedConfig(process.url, metrics);
  await send(running, 'SIGHUP');
  const begun = performance.now();
  for (let waitMs = 25; ; waitMs = Math.min(waitMs * 1.3, 500)) {
    const now = await loadedConfig(process.url, metrics);
    if (now?.successful === true && now.atMs > writtenMs) return;
    const refused = now?.successful === false && before?.successful !== false;
    if (refused || performance.now() - begun > reloadMs)
      throw new Error(`${process.name} did not take its configuration in: ${await complaintIn(log, loggedBefore)}`);
    // It answers a signal by a metric alone.
    await pause(waitMs, undefined, { signal: work.signal });
  }
};

/** After the clock was set back, a file would be newer than any reload to come. */
const notInTheFuture = async (files: readonly string[]): Promise<number> => {
  const now = Date.now();
  for (const file of files) {
    const mtimeMs = await stat(file).then(
      (there) => there.mtimeMs,
      () => 0,
    );
    if (mtimeMs > now) await utimes(file, now / 1000, now / 1000);
  }
  return newestChangeMs(files);
};

/** By the process' life line; where it has none, it is looked for every now and then. */
const hasEnded = async (work: ProcessWork, running: OwnProcess): Promise<boolean> => {
  const deadline = performance.now() + endMs;
  while (await stillRuns(running)) {
    // Its files are closed a moment before it is gone.
    await pause(10);
    if (performance.now() > deadline) return false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, 250);
      const stop = watchLifeLine(lifeLinePath(work.stack.folder, running.name), done);
      function done(): void {
        clearTimeout(timer);
        stop();
        resolve();
      }
    });
  }
  return true;
};

const portIsFree = ({ name, listen, port }: StackProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE')
        reject(new Error(`${name} cannot start: port ${port} of ${listen} is taken by another program`, { cause }));
      else reject(new Error(`${name} cannot listen on port ${port} of ${listen}: ${cause.message}`, { cause }));
    });
    server.listen({ host: listen, port }, () => server.close(() => resolve()));
  });
