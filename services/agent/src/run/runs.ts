import type { RunCommand } from '@klevr/contracts/command';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { keyOf, type AttemptKey } from '../journal/attempt-ledger.js';
import type { Journal } from '../journal/journal.js';
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
}

export class Runs {
  private readonly running = new Map<string, { command: RunCommand; execution: RunExecution; ended: Promise<void> }>();

  constructor(private readonly options: RunsOptions) {}

  get count(): number {
    return this.running.size;
  }

  list(): { runId: string; attempt: number; taskId: string; taskName: string }[] {
    return [...this.running.values()].map(({ command: { runId, attempt, taskId, taskName } }) => ({ runId, attempt, taskId, taskName }));
  }

  start(command: RunCommand): void {
    const { journal, logs, clock, nowMs } = this.options;
    const log = new RunLog({ runId: command.runId, attempt: command.attempt }, logs, clock, nowMs);
    const steps = new StepRunner({ ...this.options, command, log });
    const report = (body: Parameters<Journal['report']>[0]): void => void journal.report(body);
    const execution = new RunExecution({ command, steps, clock, nowMs, report });
    // Entered before it runs: a run of instant steps ends before `run` comes back.
    const entry = { command, execution, ended: Promise.resolve() };
    this.running.set(keyOf(command), entry);
    entry.ended = this.runToEnd(command, execution);
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
      for (const { execution } of this.running.values()) execution.stop('agentStopping');
    }, graceMs);
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
    cancel();
  }

  private async runToEnd(command: RunCommand, execution: RunExecution): Promise<void> {
    const { journal, log, nowMs } = this.options;
    const end = await execution.run().catch((error: unknown): RunEnd => {
      log.error({ error, runId: command.runId }, 'run ended by a fault of the agent');
      const message = `a fault of the agent: ${error instanceof Error ? error.message : String(error)}`;
      return { status: 'lost', exitCode: null, output: null, reason: { code: 'AGENT_CRASHED', message } };
    });
    const { runId, attempt } = command;
    await journal.report({ kind: 'finished', runId, attempt, atMs: nowMs(), ...end });
    this.running.delete(keyOf(command));
    this.options.onEnd?.(end.status);
  }
}
