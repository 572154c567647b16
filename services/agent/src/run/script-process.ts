import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '@klevr/platform/clock';
import { endAsAnyOther } from './oom-score.js';
import { groupRuns, signalGroup } from './process-group.js';

/**
 * One script in a process group of its own.
 * Promises: when it answers, the whole group is gone, whoever forked and ignored SIGTERM in it: a stop is SIGTERM, then SIGKILL after the grace, and what
 * outlives the script itself gets SIGKILL. A script that wants to leave something running has to give it a session of its own (setsid, a service manager).
 * Does not: limit what the script uses up.
 */
export interface ScriptOptions {
  readonly file: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** Ends the script when it aborts; a number as its reason is the grace in milliseconds. */
  readonly signal: AbortSignal;
  readonly onSpawn: (pid: number) => void;
  /** A promise that comes back holds the pipe until it resolves. */
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Buffer) => Promise<void> | undefined;
}

export interface ScriptEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not even be started. */
  readonly fault?: string;
}

export const killGraceMs = 5_000;
type Child = ChildProcessByStdio<null, Readable, Readable>;
/** A pipe that a process of another session holds open is left after this time. */
const pipesEndMs = 500;

const lookEveryMs = 20;

/** Sourced, so that a result left in the shell variable TASK_RESULT counts as output where the step wrote none. */
const prologue = `klevr_result=\${TASK_RESULT-}
trap 'if [ "\${TASK_RESULT-}" != "$klevr_result" ] && [ ! -s "$KLEVR_OUTPUT" ]; then printf %s "\${TASK_RESULT-}" > "$KLEVR_OUTPUT"; fi' EXIT
. "$0"`;

export const runScript = (options: ScriptOptions): Promise<ScriptEnd> =>
  new Promise((resolve) => {
    let child: Child;
    try {
      child = spawn('/bin/sh', ['-eu', '-c', prologue, options.file], {
        cwd: options.cwd,
        env: options.env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      resolve({ exitCode: null, signal: null, fault: messageOf(error) });
      return;
    }
    const pid = child.pid;
    if (pid === undefined) {
      child.once('error', (error) => resolve({ exitCode: null, signal: null, fault: messageOf(error) }));
      return;
    }
    endAsAnyOther(pid);
    options.onSpawn(pid);
    for (const stream of ['stdout', 'stderr'] as const) forward(child[stream], (bytes) => options.onOutput(stream, bytes));
    const stopped = stopOnAbort(pid, options);
    // Pipes that ended before the process did are closed in the same turn as its exit: listened to from the start.
    const closed = new Promise<void>((done) => child.once('close', () => done()));
    child.once('exit', (exitCode, signal) => {
      void stopped().then(async () => {
        await endRest(pid, options.clock);
        await pipesEnd(child, options.clock, closed);
        resolve({ exitCode, signal });
      });
    });
  });

/** What comes back is called when the script itself has ended: where it was stopped, the rest of its group still has its grace. */
const stopOnAbort = (pid: number, { clock, signal }: ScriptOptions): (() => Promise<void>) => {
  let grace: Promise<void> | undefined;
  let endGrace: () => void = () => undefined;
  const stop = (): void => {
    signalGroup(pid, 'SIGTERM');
    grace = new Promise((resolve) => {
      const graceMs = typeof signal.reason === 'number' ? signal.reason : killGraceMs;
      const cancel = clock.setTimer(() => (signalGroup(pid, 'SIGKILL'), resolve()), graceMs);
      endGrace = () => (cancel(), resolve());
    });
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return async () => {
    signal.removeEventListener('abort', stop);
    if (grace === undefined) return;
    void whenGroupEnds(pid, clock).then(endGrace);
    await grace;
  };
};

/** What the script left running in its group, seldom anything, is killed; nothing withstands that for long. */
const endRest = async (pid: number, clock: Pick<Clock, 'setTimer'>): Promise<void> => {
  if (signalGroup(pid, 'SIGKILL')) await whenGroupEnds(pid, clock);
};

/** Nothing tells when processes that are no children of ours end, so they are looked for. */
const whenGroupEnds = (pid: number, clock: Pick<Clock, 'setTimer'>): Promise<void> =>
  new Promise((resolve) => {
    const look = (looks: number): void => {
      if (looks === 0 || !groupRuns(pid)) resolve();
      else clock.setTimer(() => look(looks - 1), lookEveryMs);
    };
    look(killGraceMs / lookEveryMs);
  });

const forward = (pipe: Readable, onBytes: (bytes: Buffer) => Promise<void> | undefined): void => {
  pipe.on('data', (bytes: Buffer) => {
    const wait = onBytes(bytes);
    if (wait === undefined) return;
    pipe.pause();
    void wait.then(() => pipe.resume());
  });
  pipe.on('error', () => undefined);
};

const pipesEnd = async (child: Child, clock: Pick<Clock, 'setTimer'>, closed: Promise<void>): Promise<void> => {
  const leave = (): void => {
    const held = [child.stdout, child.stderr].some((pipe) => pipe.isPaused());
    if (held) cancel = clock.setTimer(leave, pipesEndMs);
    else for (const pipe of [child.stdout, child.stderr]) pipe.destroy();
  };
  let cancel = clock.setTimer(leave, pipesEndMs);
  await closed;
  cancel();
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
