import type { Clock } from '@klevr/platform/clock';
import { endProcesses } from './process-end.js';
import { signalGroup } from './process-group.js';
import type { SeenProcess } from './process-search.js';
import type { Script, ScriptEnd } from './script-spawn.js';
import type { Outputs, Spawner } from './spawner.js';

/**
 * One script in a process group and session of its own.
 * Promises: when it answers, the whole group is gone. A script that is stopped gets SIGTERM and, after the grace, SIGKILL, and so does whatever it started: its
 * group, its session, and what carries its mark in the environment although it left both. What outlives a script that ended by itself is killed in its group
 * alone: who wants to leave something running gives it a session of its own (setsid, a service manager).
 * Does not: limit what the script uses up; find what left the session and cleared its environment as well.
 */
export interface ScriptOptions extends Script {
  readonly spawner: Spawner;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** Ends the script when it aborts; a number as its reason is the grace in milliseconds. */
  readonly signal: AbortSignal;
  readonly graceMs: number;
  /** `NAME=value` of the environment that only this script has. */
  readonly mark: string;
  readonly onSpawn: (pid: number) => void;
  /** Its group is gone. */
  readonly onEnd?: (pid: number) => void;
  /** A promise that comes back holds the pipe until it resolves. */
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Buffer) => Promise<void> | undefined;
}

/** A pipe that a process of another session holds open is left after this time. */
const pipesEndMs = 500;

export const runScript = async (options: ScriptOptions): Promise<ScriptEnd> => {
  const begun = await options.spawner.begin(options);
  if (begun.pid === undefined) {
    const { clock, mark } = options;
    if (begun.mayRun === true) await endProcesses({ matches: ({ carries }) => carries(mark), clock, graceMs: 0 });
    return { exitCode: null, signal: null, fault: begun.fault };
  }
  const { pid, outputs } = begun;
  options.onSpawn(pid);
  // Pipes that ended before the process did are closed in the same turn as its exit: listened to from the start.
  const closed = Promise.all([forward(outputs, 'stdout', options), forward(outputs, 'stderr', options)]);
  const stop = stopOnAbort(pid, options);
  const end = await begun.ended;
  if (!(await stop.ended()) && signalGroup(pid, 'SIGKILL')) {
    await endProcesses({ matches: ({ group }) => group === pid, clock: options.clock, graceMs: 0 });
  }
  options.onEnd?.(pid);
  await pipesEnd(outputs, options, closed);
  return end;
};

/** `ended` is asked when the script itself has: where it was stopped, what it started still has its grace. */
const stopOnAbort = (pid: number, { clock, signal, graceMs, mark }: ScriptOptions): { ended(): Promise<boolean> } => {
  let ending: Promise<void> | undefined;
  const told = ({ group }: SeenProcess): boolean => group === pid;
  const matches = (seen: SeenProcess): boolean => seen.group === pid || seen.session === pid || seen.carries(mark);
  const stop = (): void => {
    const ownGraceMs = typeof signal.reason === 'number' ? Math.min(signal.reason, graceMs) : graceMs;
    signalGroup(pid, ownGraceMs > 0 ? 'SIGTERM' : 'SIGKILL');
    ending = endProcesses({ matches, told, clock, graceMs: ownGraceMs });
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return {
    ended: async () => {
      signal.removeEventListener('abort', stop);
      await ending;
      return ending !== undefined;
    },
  };
};

const forward = (outputs: Outputs, stream: 'stdout' | 'stderr', { onOutput }: ScriptOptions): Promise<void> => {
  const pipe = outputs[stream];
  pipe.on('data', (bytes: Buffer) => {
    const wait = onOutput(stream, bytes);
    if (wait === undefined) return;
    pipe.pause();
    void wait.then(() => pipe.resume());
  });
  pipe.on('error', () => undefined);
  return new Promise((resolve) => pipe.once('close', () => resolve()));
};

/** A pipe that is held because its bytes cannot go on yet is waited for, unless the script was stopped. */
const pipesEnd = async ({ stdout, stderr }: Outputs, { clock, signal }: ScriptOptions, closed: Promise<unknown>): Promise<void> => {
  const pipes = [stdout, stderr];
  const leave = (): void => {
    if (!signal.aborted && pipes.some((pipe) => pipe.isPaused())) cancel = clock.setTimer(leave, pipesEndMs);
    else for (const pipe of pipes) pipe.destroy();
  };
  let cancel = clock.setTimer(leave, pipesEndMs);
  await closed;
  cancel();
};
