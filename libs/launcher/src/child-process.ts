/**
 * A child process that is started, logged and stopped as a whole. Promises: it is ready when `start` answers; its output is in `logFile`
 * (rotated once, so two times LOG_BYTES at most); `stop` leaves no process; where `setpriv` exists it dies with this process, however
 * this one ends. Does not start it again (see supervisor.ts).
 */
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, fchmodSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const LOG_BYTES = 16 * 1024 * 1024;
const REMEMBERED_LINES = 20;

export interface ChildSpec {
  name: string;
  command: string;
  args: string[];
  /** The whole environment; nothing is inherited. */
  env: Record<string, string>;
  cwd?: string;
  logFile: string;
  /** The line by which the process says that it is ready; without one it is ready once spawned. */
  readyLine?: RegExp;
  readyTimeoutMs?: number;
  /** From SIGTERM to SIGKILL, unless `stop` says otherwise. */
  graceMs?: number;
  /** Aborted before the process is ready: it is killed and the start fails. */
  signal?: AbortSignal;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ManagedChild {
  name: string;
  pid: number;
  /** The line by which it said that it is ready. */
  readyLine?: string;
  /** The end of its output, as it is now. */
  lastLines: readonly string[];
  /** Settles once the process is gone; never rejects. */
  exited: Promise<ChildExit>;
  /** SIGTERM, SIGKILL to its process group after the grace; answers once it is gone. */
  stop(graceMs?: number): Promise<void>;
  /** Sends a signal to this process alone; false if it is gone already. */
  kill(signal: NodeJS.Signals): boolean;
}

/** The process ended or stayed silent before it was ready. */
export class ChildStartError extends Error {
  constructor(
    name: string,
    what: string,
    readonly lastLines: readonly string[],
    logFile: string,
  ) {
    super(`${name} ${what}; last words: ${lastLines.at(-1) ?? 'none'} (log: ${logFile})`);
  }
}

export async function startChild(spec: ChildSpec): Promise<ManagedChild> {
  spec.signal?.throwIfAborted();
  const log = openLog(spec.logFile);
  const lastLines: string[] = [];
  const setpriv = findSetpriv();
  const [command, args] =
    setpriv === undefined ? [spec.command, spec.args] : [setpriv, ['--pdeathsig', 'KILL', '--', spec.command, ...spec.args]];
  // A session of its own: Ctrl-C in a terminal must reach the launcher only, which then stops its children in order.
  const child = spawn(command, args, {
    env: spec.env,
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });

  let onReady: (line: string) => void = () => undefined;
  const readySeen = new Promise<string>((resolve) => (onReady = resolve));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.write(line);
      lastLines.push(line);
      if (lastLines.length > REMEMBERED_LINES) lastLines.shift();
      if (spec.readyLine?.test(line) === true) onReady(line);
    });
  }

  const spawned = new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  // `close`, not `exit`: by then all output was read. A grandchild that keeps the pipes open must not delay it for ever.
  const exited = new Promise<ChildExit>((resolve) => {
    const settle = (code: number | null, signal: NodeJS.Signals | null): void => {
      log.close();
      resolve({ code, signal });
    };
    child.once('close', settle);
    child.once('exit', (code, signal) => setTimeout(settle, 500, code, signal).unref());
  });
  await spawned;
  const pid = child.pid;
  if (pid === undefined) throw new ChildStartError(spec.name, 'has no process id', lastLines, spec.logFile);

  const managed: ManagedChild = {
    name: spec.name,
    pid,
    lastLines,
    exited,
    kill: (signal) => child.exitCode === null && child.signalCode === null && child.kill(signal),
    stop: async (graceMs = spec.graceMs ?? 5_000) => {
      managed.kill('SIGTERM');
      const timer = setTimeout(() => killGroup(pid), graceMs);
      await exited.finally(() => clearTimeout(timer));
    },
  };
  if (spec.readyLine !== undefined) managed.readyLine = await awaitReady(spec, managed, readySeen, lastLines);
  return managed;
}

/** Runs a program to its end; a failure or an abort leaves nothing of its process group. */
export async function runChild(spec: ChildSpec): Promise<void> {
  const child = await startChild(spec);
  const forget = whenAborted(spec.signal, () => killGroup(child.pid));
  const { code, signal } = await child.exited;
  forget();
  if (code !== 0)
    throw new Error(`${spec.name} failed (${signal ?? `exit code ${code}`}): ${child.lastLines.join(' | ')} (log: ${spec.logFile})`);
}

async function awaitReady(spec: ChildSpec, child: ManagedChild, readySeen: Promise<string>, lastLines: string[]): Promise<string> {
  const timeoutMs = spec.readyTimeoutMs ?? 30_000;
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, `was not ready within ${timeoutMs} ms`);
  });
  const ended = child.exited.then(({ code, signal }) => `ended (${signal ?? `exit code ${code}`}) before it was ready`);
  let forget = (): void => undefined;
  const aborted = new Promise<string>((resolve) => {
    forget = whenAborted(spec.signal, () => resolve('was stopped before it was ready'));
  });
  const fault = Promise.race([silent, ended, aborted]).then((what) => ({ what }));
  const outcome = await Promise.race([readySeen, fault]);
  clearTimeout(timer);
  forget();
  if (typeof outcome === 'string') return outcome;
  killGroup(child.pid);
  await child.exited;
  throw new ChildStartError(spec.name, outcome.what, lastLines, spec.logFile);
}

/** Also for a signal that was aborted already, whose event will not come. Answers how to stop listening. */
function whenAborted(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal?.aborted === true) act();
  else signal?.addEventListener('abort', act, { once: true });
  return () => signal?.removeEventListener('abort', act);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

function openLog(file: string): { write(line: string): void; close(): void } {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let fd: number | undefined = openSync(file, 'a', 0o600);
  fchmodSync(fd, 0o600);
  let bytes = 0;
  return {
    write(line) {
      if (fd === undefined) return;
      if (bytes > LOG_BYTES) {
        closeSync(fd);
        renameSync(file, `${file}.1`);
        fd = openSync(file, 'a', 0o600);
        bytes = 0;
      }
      bytes += writeSync(fd, `${line}\n`);
    },
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

let setprivPath: string | null | undefined;

function findSetpriv(): string | undefined {
  setprivPath ??=
    [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']
      .filter((dir) => dir !== '')
      .map((dir) => join(dir, 'setpriv'))
      .find((path) => isExecutable(path)) ?? null;
  return setprivPath ?? undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
