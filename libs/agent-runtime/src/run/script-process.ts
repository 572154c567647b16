import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Clock } from '@klevr/platform/clock';
import { endAsAnyOther } from './oom-score.js';
import type { OutputPipe, OutputPipes } from './output-pipes.js';
import { endProcesses } from './process-end.js';
import { signalGroup } from './process-group.js';
import type { SeenProcess } from './process-search.js';

/**
 * One script in a process group and session of its own.
 * Promises: when it answers, the whole group is gone. A script that is stopped gets SIGTERM and, after the grace, SIGKILL, and so does whatever it started: its
 * group, its session, and what carries its mark in the environment although it left both. What outlives a script that ended by itself is killed in its group
 * alone: who wants to leave something running gives it a session of its own (setsid, a service manager).
 * Does not: limit what the script uses up; find what left the session and cleared its environment as well.
 */
export interface ScriptOptions {
  /** The program and its arguments, the script's file included. */
  readonly line: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly pipes?: OutputPipes | undefined;
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

export interface ScriptEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not even be started. */
  readonly fault?: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly outputs: { readonly stdout: Readable; readonly stderr: Readable };
}

/** A pipe that a process of another session holds open is left after this time. */
const pipesEndMs = 500;

export const runScript = async (options: ScriptOptions): Promise<ScriptEnd> => {
  let started: Started;
  try {
    started = start(options);
  } catch (error) {
    return { exitCode: null, signal: null, fault: faultOf(error as NodeJS.ErrnoException, options.line[0]) };
  }
  const { child, outputs } = started;
  const { pid } = child;
  if (pid === undefined) {
    const fault = await new Promise<string>((resolve) => child.once('error', (error) => resolve(faultOf(error, options.line[0]))));
    for (const output of Object.values(outputs)) output.destroy();
    return { exitCode: null, signal: null, fault };
  }
  endAsAnyOther(pid);
  options.onSpawn(pid);
  // Pipes that ended before the process did are closed in the same turn as its exit: listened to from the start.
  const closed = Promise.all([forward(outputs, 'stdout', options), forward(outputs, 'stderr', options)]);
  const stop = stopOnAbort(pid, options);
  const end = await new Promise<ScriptEnd>((resolve) => child.once('exit', (exitCode, signal) => resolve({ exitCode, signal })));
  if (!(await stop.ended()) && signalGroup(pid, 'SIGKILL')) {
    await endProcesses({ matches: ({ group }) => group === pid, clock: options.clock, graceMs: 0 });
  }
  options.onEnd?.(pid);
  await pipesEnd(outputs, options, closed);
  return end;
};

const start = ({ line: [program, ...args], cwd, env, pipes }: ScriptOptions): Started => {
  const taken: OutputPipe[] = [];
  try {
    for (let pipe = pipes?.take(); pipe !== undefined; pipe = taken.length < 2 ? pipes?.take() : undefined) taken.push(pipe);
    const [out, err] = taken;
    const stdio = [out?.writeFd ?? 'pipe', err?.writeFd ?? 'pipe'] as const;
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', ...stdio] });
    const [stdout, stderr] = [out?.reader ?? child.stdout, err?.reader ?? child.stderr];
    if (stdout === null || stderr === null) throw new Error('no pipe for its output');
    return { child, outputs: { stdout, stderr } };
  } catch (error) {
    for (const { reader } of taken) reader.destroy();
    throw error;
  } finally {
    for (const { writeFd } of taken) closeSync(writeFd);
  }
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

const forward = (outputs: Started['outputs'], stream: 'stdout' | 'stderr', { onOutput }: ScriptOptions): Promise<void> => {
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
const pipesEnd = async (outputs: Started['outputs'], { clock, signal }: ScriptOptions, closed: Promise<unknown>): Promise<void> => {
  const pipes = Object.values(outputs);
  const leave = (): void => {
    if (!signal.aborted && pipes.some((pipe) => pipe.isPaused())) cancel = clock.setTimer(leave, pipesEndMs);
    else for (const pipe of pipes) pipe.destroy();
  };
  let cancel = clock.setTimer(leave, pipesEndMs);
  await closed;
  cancel();
};

const faultOf = (error: NodeJS.ErrnoException, program: string): string => {
  if (error.code === 'ENOENT') return `there is no program ${program}`;
  return error.code === 'E2BIG' ? 'its variables are too large together' : `it cannot be started: ${error.message}`;
};
