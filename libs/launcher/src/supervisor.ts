/**
 * Keeps a set of child processes running. Promises: a process that ends by itself is started again RESTART_DELAY_MS later, for as long as
 * it takes, unless it has ended for good; `stop` ends all in the reverse order of their stages, each stage at once, and leaves no process. Does not survive its own
 * process: the children end with it (see child-process.ts).
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChildExit, ManagedChild } from './child-process.js';
import { errorLine } from './system-error.js';

const RESTART_DELAY_MS = 1_000;

export interface SupervisedProcess {
  name: string;
  /** Stopped from the highest stage down; the servers are the lowest. */
  stage: number;
  /** From SIGTERM to SIGKILL when all is stopped. */
  graceMs: number;
  /** Answers when the process is ready; gives up when the signal aborts. */
  start: (signal: AbortSignal) => Promise<ManagedChild>;
  /** Whether the end of this process is one that it was told to come to, so that it is not started again; never if not given. */
  endedForGood?: (child: ManagedChild, exit: ChildExit) => boolean;
  /** Which agent or worker this process turned out to be; asked once it is ready. */
  identity?: (child: ManagedChild) => Identity;
}

export interface Identity {
  agentId?: string;
  workerId?: string;
}

export interface ProcessInfo extends Identity {
  name: string;
  pid: number;
}

export interface Supervisor {
  /** Rejects if the first start fails; later ones are tried again. */
  start(process: SupervisedProcess): Promise<ManagedChild>;
  /** What runs now, in order of start. */
  processes(): ProcessInfo[];
  /** May be called more than once; answers when every process is gone. */
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  /** Told what a person at the terminal should know. */
  say: (line: string) => void;
  /** Called after a process was started again, or has ended for good. */
  onChange: () => void;
}

interface Entry {
  process: SupervisedProcess;
  child: ManagedChild | undefined;
  info: ProcessInfo | undefined;
  /** Settles when nothing is started or watched for this process any more. */
  watch: Promise<void>;
}

export function createSupervisor({ say, onChange }: SupervisorOptions): Supervisor {
  const entries: Entry[] = [];
  const stopping = new AbortController();
  // Each process that is being started listens; many at once are no leak.
  setMaxListeners(0, stopping.signal);
  let stopped: Promise<void> | undefined;

  const launch = async (entry: Entry): Promise<ManagedChild> => {
    const child = await entry.process.start(stopping.signal);
    entry.child = child;
    entry.info = { name: entry.process.name, pid: child.pid, ...entry.process.identity?.(child) };
    return child;
  };

  const keepRunning = async (entry: Entry, first: ManagedChild): Promise<void> => {
    let child: ManagedChild | undefined = first;
    let end = '';
    while (!stopping.signal.aborted) {
      if (child !== undefined) {
        const exit = await child.exited;
        entry.info = undefined;
        end = `ended (${exit.signal ?? `exit code ${exit.code}`})`;
        if (!stopping.signal.aborted && entry.process.endedForGood?.(child, exit) === true) {
          say(`${entry.process.name} ${end} for good; it is not started again`);
          onChange();
          return;
        }
      }
      if (stopping.signal.aborted) return;
      say(`${entry.process.name} ${end}; starting it again`);
      await delay(RESTART_DELAY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      child = await launch(entry).catch((error: unknown) => {
        end = `did not start: ${errorLine(error)}`;
        return undefined;
      });
      if (child === undefined) continue;
      say(`${entry.process.name} runs again (process ${child.pid})`);
      onChange();
    }
  };

  const stopAll = async (): Promise<void> => {
    stopping.abort(new Error('stopped'));
    const stages = [...new Set(entries.map((entry) => entry.process.stage))].sort((a, b) => b - a);
    for (const stage of stages) {
      const members = entries.filter((entry) => entry.process.stage === stage);
      await Promise.all(
        members.map(async (entry) => {
          // A start under way ends by the abort; only then is it known which process is left.
          if (entry.child === undefined) await entry.watch;
          await entry.child?.stop(entry.process.graceMs);
          await entry.watch;
          await entry.child?.stop(entry.process.graceMs);
        }),
      );
    }
  };

  return {
    async start(process) {
      stopping.signal.throwIfAborted();
      const entry: Entry = { process, child: undefined, info: undefined, watch: Promise.resolve() };
      entries.push(entry);
      const launched = launch(entry);
      entry.watch = launched.then(
        (child) => keepRunning(entry, child),
        () => undefined,
      );
      return launched;
    },
    processes: () => entries.flatMap((entry) => (entry.info === undefined ? [] : [entry.info])),
    stop: () => (stopped ??= stopAll()),
  };
}
