import { join } from 'node:path';
import type { RunCommand } from '@klevr/contracts/command';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { keyOf, type AttemptKey } from '../journal/attempt-ledger.js';
import type { EventFactBody, Journal } from '../journal/journal.js';
import { longWorkHint } from '../journal/long-work.js';
import type { BuiltInCommands } from './built-in-commands.js';
import { GroupRecords } from './group-records.js';
import { groupsFile } from './left-over.js';
import { OutputPipes } from './output-pipes.js';
import { RunExecution, type RunEnd } from './run-execution.js';
import { RunLog, type LogSink } from './run-log.js';
import type { SecretOpener } from './run-secrets.js';
import type { StopCause } from './run-stop.js';
import { Spawner } from './spawner.js';
import { spawnerProgram } from './spawner-program.js';
import { StepRunner } from './step-runner.js';

/** Of attempts that another agent may take over. Answers how to let go. */
export interface Leases {
  hold(command: RunCommand, onEnd: (cause: 'superseded' | 'alone') => void, waitedMs: number): () => void;
}

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
  /** Opens the secrets of runs. */
  readonly sealingKey?: SecretOpener;
  readonly onEnd?: (status: RunEnd['status']) => void;
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
  private readonly groups: GroupRecords;
  private readonly spawner: Spawner;

  constructor(private readonly options: RunsOptions) {
    this.groups = new GroupRecords(join(options.runsFolder, groupsFile));
    this.spawner = new Spawner({ ...options, pipes: new OutputPipes(join(options.runsFolder, 'pipes')), program: spawnerProgram });
  }

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

  /** `waitedMs`: how long ago it was accepted. */
  start(command: RunCommand, waitedMs = 0): void {
    const { journal, nowMs, leases } = this.options;
    const execution = this.executionOf(command, (body) => {
      if (body.kind === 'stepStarted') entry.step = nameOf(command, body);
      void journal.report(body);
    });
    // Entered before it runs: a run of instant steps ends before `run` comes back.
    const entry: RunningAttempt = { command, execution, startedAtMs: nowMs(), step: null, ended: Promise.resolve() };
    this.running.set(keyOf(command), entry);
    const release = command.aloneSeconds === undefined ? undefined : leases?.hold(command, (cause) => execution.stop(cause), waitedMs);
    entry.ended = this.runToEnd(command, execution, release);
  }

  /** Whether the attempt ends in the turn in which it begins, and leaves nothing that outlives the process. */
  isInstant({ steps, recovery, credentials, aloneSeconds }: RunCommand): boolean {
    const { builtIns } = this.options;
    const instant = (step: RunCommand['steps'][number]): boolean =>
      'use' in step && step.retries === 0 && builtIns.get(step.use)?.instant === true;
    return credentials === undefined && aloneSeconds === undefined && steps.every(instant) && recovery.every(instant);
  }

  /** All that is to be told of an instant attempt, which is over with that. */
  async atOnce(command: RunCommand): Promise<EventFactBody[]> {
    const facts: EventFactBody[] = [];
    const { runId, attempt } = command;
    const end = await this.endOf(
      this.executionOf(command, (body) => facts.push(body)),
      runId,
    );
    facts.push({ kind: 'finished', runId, attempt, atMs: this.options.nowMs(), ...end });
    this.options.onEnd?.(end.status);
    return facts;
  }

  /** Answers whether the attempt was running. */
  stop(key: AttemptKey, cause: StopCause, detail = ''): boolean {
    const entry = this.running.get(keyOf(key));
    entry?.execution.stop(cause, detail);
    return entry !== undefined;
  }

  /** Resolves when all that run now have ended and are on disk. */
  async idle(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
  }

  /** Lets runs end by themselves for a while, then ends them, but for one; resolves when all others have ended and are on disk. */
  async stopAll(graceMs: number, but?: AttemptKey): Promise<void> {
    const left = (): RunningAttempt[] => (but === undefined ? [...this.running.values()] : this.others(but));
    const cancel = this.options.clock.setTimer(() => {
      for (const { command, execution } of left()) execution.stop('agentStopping', whyItEnds(command));
    }, graceMs);
    await Promise.all(left().map(({ ended }) => ended));
    cancel();
  }

  private async runToEnd(command: RunCommand, execution: RunExecution, release: (() => void) | undefined): Promise<void> {
    const { journal, nowMs } = this.options;
    const end = await this.endOf(execution, command.runId);
    release?.();
    const { runId, attempt } = command;
    await journal.report({ kind: 'finished', runId, attempt, atMs: nowMs(), ...end });
    this.running.delete(keyOf(command));
    this.options.onEnd?.(end.status);
  }

  private executionOf(command: RunCommand, report: (body: EventFactBody) => void): RunExecution {
    const { logs, clock, nowMs } = this.options;
    const log = new RunLog({ runId: command.runId, attempt: command.attempt }, logs, clock, nowMs, command.maxLogBytes);
    const steps = new StepRunner({ ...this.options, groups: this.groups, spawner: this.spawner, command, log });
    return new RunExecution({ command, steps, clock, nowMs, report });
  }

  private endOf(execution: RunExecution, runId: string): Promise<RunEnd> {
    return execution.run().catch((error: unknown): RunEnd => {
      this.options.log.error({ error, runId }, 'run ended by a fault of the agent');
      const message = `a fault of the agent: ${error instanceof Error ? error.message : String(error)}`;
      return { status: 'lost', exitCode: null, output: null, reason: { code: 'AGENT_CRASHED', message } };
    });
  }
}

const nameOf = ({ steps, recovery }: RunCommand, { phase, index }: { phase: 'step' | 'recovery'; index: number }): string | null =>
  (phase === 'step' ? steps : recovery)[index]?.name ?? null;

/** Who wants work to go on for weeks has to hear that it does not survive its agent. */
const whyItEnds = ({ timeoutSeconds }: RunCommand): string => (timeoutSeconds === null ? `the agent was stopped, and ${longWorkHint}` : '');
