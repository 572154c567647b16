import type { RunCommand } from '@klevr/contracts/command';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { keyOf, type AttemptKey } from '../journal/attempt-ledger.js';
import type { Journal } from '../journal/journal.js';
import { longWorkHint } from '../journal/long-work.js';
import type { BuiltInCommands } from './built-in-commands.js';
import { RunExecution, type RunEnd } from './run-execution.js';
import { RunLog, type LogSink } from './run-log.js';
import type { StopCause } from './run-stop.js';
import { StepRunner } from './step-runner.js';

/**
 * The attempts that run now.
 * Promises: each ends in exactly one `finished` fact, on disk before the attempt is let go. Does not: decide whether an attempt may start; the
 * journal has said so before `start`.
 */
/** Answers how to let go; for an attempt that nobody else can take over there is nothing to hold. */
export interface Leases {
  hold(command: RunCommand, onEnd: (cause: 'superseded' | 'alone') => void): (() => void) | undefined;
}

export interface RunsOptions {
  readonly journal: Journal;
  readonly logs: LogSink;
  readonly builtIns: BuiltInCommands;
  readonly runsFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly onEnd?: (status: RunEnd['status']) => void;
  /** Of attempts that another agent may take over. */
  readonly leases?: Leases;
}

interface RunningAttempt {
  readonly command: RunCommand;
  readonly execution: RunExecution;
  readonly startedAtMs: number;
  /** The name of the step that runs now. */
  step: string | null;
  ended: Promise<void>;
}

export class Runs {
  private readonly running = new Map<string, RunningAttempt>();

  constructor(private readonly options: RunsOptions) {}

  get count(): number {
    return this.running.size;
  }

  list(): { runId: string; attempt: number; taskId: string; taskName: string }[] {
    return [...this.running.values()].map(({ command: { runId, attempt, taskId, taskName } }) => ({ runId, attempt, taskId, taskName }));
  }

  /** What runs besides this attempt, with what only somebody who acts on it needs. */
  others(than: AttemptKey): RunningAttempt[] {
    return [...this.running.values()].filter(({ command }) => keyOf(command) !== keyOf(than));
  }

  start(command: RunCommand): void {
    const { journal, logs, clock, nowMs, leases } = this.options;
    const log = new RunLog({ runId: command.runId, attempt: command.attempt }, logs, clock, nowMs);
    const steps = new StepRunner({ ...this.options, command, log });
    const report = (body: Parameters<Journal['report']>[0]): void => {
      if (body.kind === 'stepStarted') entry.step = nameOf(command, body);
      void journal.report(body);
    };
    const execution = new RunExecution({ command, steps, clock, nowMs, report });
    // Entered before it runs: a run of instant steps ends before `run` comes back.
    const entry: RunningAttempt = { command, execution, startedAtMs: nowMs(), step: null, ended: Promise.resolve() };
    this.running.set(keyOf(command), entry);
    const release = leases?.hold(command, (cause) => execution.stop(cause));
    entry.ended = this.runToEnd(command, execution, release);
  }

  /** Answers whether the attempt was running. */
  stop(key: AttemptKey, cause: StopCause, detail = ''): boolean {
    const entry = this.running.get(keyOf(key));
    entry?.execution.stop(cause, detail);
    return entry !== undefined;
  }

  /** Lets runs end by themselves for a while, then ends them; resolves when all have ended and are on disk. */
  async stopAll(graceMs: number): Promise<void> {
    const cancel = this.options.clock.setTimer(() => {
      for (const { command, execution } of this.running.values()) execution.stop('agentStopping', whyItEnds(command));
    }, graceMs);
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
    cancel();
  }

  private async runToEnd(command: RunCommand, execution: RunExecution, release: (() => void) | undefined): Promise<void> {
    const { journal, log, nowMs } = this.options;
    const end = await execution.run().catch((error: unknown): RunEnd => {
      log.error({ error, runId: command.runId }, 'run ended by a fault of the agent');
      const message = `a fault of the agent: ${error instanceof Error ? error.message : String(error)}`;
      return { status: 'lost', exitCode: null, output: null, reason: { code: 'AGENT_CRASHED', message } };
    });
    release?.();
    const { runId, attempt } = command;
    await journal.report({ kind: 'finished', runId, attempt, atMs: nowMs(), ...end });
    this.running.delete(keyOf(command));
    this.options.onEnd?.(end.status);
  }
}

const nameOf = ({ steps, recovery }: RunCommand, { phase, index }: { phase: 'step' | 'recovery'; index: number }): string | null =>
  (phase === 'step' ? steps : recovery)[index]?.name ?? null;

/** Who wants work to go on for weeks has to hear that it does not survive its agent. */
const whyItEnds = ({ timeoutSeconds }: RunCommand): string =>
  timeoutSeconds === null ? `the agent was stopped, and ${longWorkHint}` : '';
