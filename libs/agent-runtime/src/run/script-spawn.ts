import { spawn, type ChildProcess } from 'node:child_process';
import { endAsAnyOther } from './oom-score.js';

/** How a script is begun, here or in the spawner, and what is known of it then. */
export interface Script {
  /** The program and its arguments, the script's file included. */
  readonly line: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface ScriptEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not even be started, or why nobody knows how it ended. */
  readonly fault?: string;
}

export interface RunningScript {
  readonly pid: number;
  readonly ended: Promise<ScriptEnd>;
}

export interface NotStarted {
  readonly pid?: undefined;
  readonly fault: string;
  /** Nobody knows whether it was. */
  readonly mayRun?: true;
}

type Output = number | 'pipe';

/** Begins a script in a process group and session of its own. */
export const spawnScript = (script: Script, [stdout, stderr]: readonly [Output, Output]): ChildProcess => {
  const { line, cwd, env } = script;
  const [program, ...args] = line;
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', stdout, stderr] });
  if (child.pid !== undefined) endAsAnyOther(child.pid);
  return child;
};

/** What is known of a script in the turn in which it was spawned. */
export const begunOf = async (script: Script, child: ChildProcess): Promise<RunningScript | NotStarted> => {
  const { pid } = child;
  if (pid === undefined) return new Promise((resolve) => child.once('error', (error) => resolve({ fault: faultOf(error, script) })));
  return { pid, ended: new Promise((resolve) => child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))) };
};

export const faultOf = (error: unknown, { line: [program] }: Script): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `there is no program ${program}`;
  return code === 'E2BIG' ? 'its variables are too large together' : `it cannot be started: ${message}`;
};
