import type { RunCommand } from '@klevr/contracts/command';
import type { TerminalStatus } from '@klevr/contracts/task';
import type { Clock } from '@klevr/platform/clock';
import type { EventFactBody } from '../journal/journal.js';
import { retryDelayMs } from './retry-delay.js';
import { SecretsUnreadable } from './run-secrets.js';
import { defaultGraceMs, stopMeanings, type RunReason, type StopCause } from './run-stop.js';
import type { FailedStep } from './step-environment.js';
import type { StepEnd, StepRunner } from './step-runner.js';

/**
 * One attempt, from its start to its one end.
 * Promises: steps run one after the other; after a failure or time-out the recovery steps run, with the run's time-out anew, and hear what failed; `stop` ends
 * what runs and the attempt; exactly one end comes back, after everything of it has ended. Does not: write the journal or know why it is started.
 */
export interface ExecutionOptions {
  readonly command: RunCommand;
  readonly steps: Pick<StepRunner, 'openSecrets' | 'instant' | 'run' | 'recoverFrom' | 'close'>;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** The centre's time. */
  readonly nowMs: () => number;
  readonly report: (body: EventFactBody) => void;
}

export interface RunEnd {
  readonly status: TerminalStatus;
  readonly exitCode: number | null;
  readonly output: string | null;
  readonly reason: RunReason | null;
}

type Step = RunCommand['steps'][number];
interface StepRef {
  readonly phase: 'step' | 'recovery';
  readonly index: number;
  readonly try: number;
}

interface PhaseEnd {
  /** The step that ended the phase, with its end where it was begun. */
  readonly failed: { readonly index: number; readonly end: StepEnd | undefined } | undefined;
  readonly last: StepEnd | undefined;
}

/** The agent itself has to be gone soon. */
const graceWhenStoppingMs = 2_000;

export class RunExecution {
  private abort = new AbortController();
  private stopped: { cause: StopCause; detail: string } | undefined;

  constructor(private readonly options: ExecutionOptions) {}

  /** Ends the run; the first cause counts, except that a cancel or the agent's own end also ends a recovery. */
  stop(cause: StopCause, detail = ''): void {
    if (this.stopped !== undefined && !stopMeanings[this.stopped.cause].recovers) return;
    this.stopped = { cause, detail };
    this.abort.abort(this.graceMs);
  }

  private get graceMs(): number {
    const { killGraceSeconds } = this.options.command;
    const graceMs = killGraceSeconds === undefined ? defaultGraceMs : killGraceSeconds * 1000;
    return this.stopped?.cause === 'agentStopping' ? Math.min(graceMs, graceWhenStoppingMs) : graceMs;
  }

  async run(): Promise<RunEnd> {
    const { command, report, nowMs, steps } = this.options;
    report({ kind: 'started', ...this.ids(), atMs: nowMs() });
    try {
      steps.openSecrets();
      if (command.recover !== undefined) return await this.recoverLost(command.recover);
      const main = await this.limited(() => this.phase('step', command.steps, command.firstStep ?? 0), true);
      if (main.failed === undefined && this.stopped === undefined) return this.end('succeeded', main.last, null);
      return await this.afterFailure(main);
    } catch (error) {
      if (!(error instanceof SecretsUnreadable)) throw error;
      return this.end('failed', undefined, { code: 'CREDENTIAL_MISSING', message: error.message });
    } finally {
      await steps.close(this.stopped !== undefined && !stopMeanings[this.stopped.cause].recovers ? this.graceMs : undefined);
    }
  }

  private async afterFailure(main: PhaseEnd): Promise<RunEnd> {
    const { command } = this.options;
    const meaning = this.stopped && stopMeanings[this.stopped.cause];
    const reason = this.reasonOf(main);
    const status = meaning?.status ?? (reason.code === 'STEP_TIMED_OUT' ? 'timed_out' : 'failed');
    const last = main.failed?.end ?? main.last;
    // Where no step has begun there is nothing to recover from.
    const begun = last !== undefined || (command.firstStep ?? 0) > 0;
    if (meaning?.recovers === false || command.recovery.length === 0 || !begun) return this.end(status, last, reason);
    const failedStep = main.failed?.index ?? command.steps.length - 1;
    const { exitCode, signal } = main.failed?.end ?? { exitCode: null, signal: null };
    return this.recover({ name: command.steps[failedStep]?.name ?? '', index: failedStep, exitCode, signal, reason }, last);
  }

  /** Of the step that was lost nothing is known but which one it was. */
  private recoverLost({ failedStep, reason }: NonNullable<RunCommand['recover']>): Promise<RunEnd> {
    const name = this.options.command.steps[failedStep]?.name ?? '';
    return this.recover({ name, index: failedStep, exitCode: null, signal: null, reason }, undefined);
  }

  private async recover(failed: FailedStep, last: StepEnd | undefined): Promise<RunEnd> {
    const { command, report, nowMs, steps } = this.options;
    const { reason } = failed;
    report({ kind: 'recovering', ...this.ids(), atMs: nowMs(), failedStep: failed.index });
    steps.recoverFrom(failed);
    this.abort = new AbortController();
    const recovery = await this.limited(() => this.phase('recovery', command.recovery, 0), false);
    const stoppedMeanwhile = this.stopped && stopMeanings[this.stopped.cause];
    if (stoppedMeanwhile?.recovers === false) return this.end(stoppedMeanwhile.status, last, this.reasonOf(recovery));
    if (recovery.failed === undefined && !this.abort.signal.aborted) return this.end('failed', last, reason);
    return this.end('recovery_failed', last, { ...reason, message: `${reason.message}; recovery: ${this.reasonOf(recovery).message}` });
  }

  /** Both times end a phase; the deadline is the centre's and does not end a recovery. */
  private async limited<T>(work: () => Promise<T>, withDeadline: boolean): Promise<T> {
    const { clock, command, nowMs } = this.options;
    const timers = command.timeoutSeconds === null ? [] : [clock.setTimer(() => this.stop('runTimeout'), command.timeoutSeconds * 1000)];
    const leftMs = withDeadline && command.deadlineMs !== null ? command.deadlineMs - nowMs() : undefined;
    if (leftMs !== undefined && leftMs <= 0) this.stop('deadline');
    else if (leftMs !== undefined) timers.push(clock.setTimer(() => this.stop('deadline'), leftMs));
    try {
      return await work();
    } finally {
      for (const cancel of timers) cancel();
    }
  }

  private async phase(phase: StepRef['phase'], steps: readonly Step[], first: number): Promise<PhaseEnd> {
    let last: StepEnd | undefined;
    for (const [index, step] of steps.entries()) {
      if (index < first) continue;
      if (this.abort.signal.aborted) return { failed: { index, end: undefined }, last };
      last = await this.untilItEnds(step, phase, index);
      if (last.outcome !== 'succeeded' && (this.abort.signal.aborted || step.continueOnError !== true))
        return { failed: { index, end: last }, last };
    }
    return { failed: undefined, last };
  }

  /** One step with its retries. */
  private async untilItEnds(step: Step, phase: StepRef['phase'], index: number): Promise<StepEnd> {
    for (let tries = 1; ; tries += 1) {
      const end = await this.once(step, { phase, index, try: tries });
      if (end.outcome === 'succeeded' || this.abort.signal.aborted || tries > step.retries) return end;
      await this.pause(retryDelayMs(step.retryDelaySeconds, tries));
      if (this.abort.signal.aborted) return end;
    }
  }

  private async once(step: Step, ref: StepRef): Promise<StepEnd> {
    const { report, nowMs, steps } = this.options;
    const startedAtMs = nowMs();
    if (!steps.instant(step)) report({ kind: 'stepStarted', ...this.ids(), ...ref, atMs: startedAtMs });
    const signal = this.abort.signal;
    const end = await steps.run(step, ref, signal);
    const ended = signal.aborted && end.outcome !== 'succeeded' && this.stopped ? stopMeanings[this.stopped.cause] : undefined;
    const outcome = ended?.stepOutcome ?? end.outcome;
    const goesOn = ended === undefined && outcome !== 'succeeded' && step.continueOnError === true && ref.try > step.retries;
    report({
      ...{ kind: 'stepFinished', ...this.ids(), ...ref, atMs: nowMs(), outcome, startedAtMs },
      ...{ exitCode: end.exitCode, signal: end.signal, output: end.output, ...(goesOn ? { continued: true } : {}) },
    });
    return { ...end, outcome };
  }

  private pause(delayMs: number): Promise<void> {
    const { signal } = this.abort;
    return new Promise((resolve) => {
      const end = (): void => (cancel(), signal.removeEventListener('abort', end), resolve());
      const cancel = this.options.clock.setTimer(end, delayMs);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  private reasonOf({ failed }: PhaseEnd): RunReason {
    if (this.stopped !== undefined && this.abort.signal.aborted) {
      const { code, message } = stopMeanings[this.stopped.cause];
      return { code, message: this.stopped.detail === '' ? message : this.stopped.detail };
    }
    const code = failed?.end?.outcome === 'timed_out' ? 'STEP_TIMED_OUT' : 'STEP_FAILED';
    return { code, message: failed?.end?.message ?? 'a step failed' };
  }

  private end(status: TerminalStatus, last: StepEnd | undefined, reason: RunReason | null): RunEnd {
    return { status, exitCode: last?.exitCode ?? null, output: last?.output ?? null, reason };
  }

  private ids(): { runId: string; attempt: number } {
    return { runId: this.options.command.runId, attempt: this.options.command.attempt };
  }
}
