import type { RunCommand } from '@klevr/contracts/command';
import type { TerminalStatus } from '@klevr/contracts/task';
import type { Clock } from '@klevr/platform/clock';
import type { EventFactBody } from '../journal/journal.js';
import { stopMeanings, type RunReason, type StopCause } from './run-stop.js';
import type { StepEnd, StepRunner } from './step-runner.js';

/**
 * One attempt, from its start to its one end.
 * Promises: steps run one after the other; after a failure or time-out the recovery steps run, with the run's time-out anew; `stop` ends what runs and
 * the attempt; exactly one end comes back, after everything of it has ended. Does not: write the journal or know why it is started.
 */
export interface ExecutionOptions {
  readonly command: RunCommand;
  readonly steps: StepRunner;
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

interface PhaseEnd {
  readonly failed: { readonly index: number; readonly end: StepEnd } | undefined;
  readonly last: StepEnd | undefined;
}

/** The agent itself has to be gone soon. */
const graceWhenStoppingMs = 2_000;
const backOffMs = { first: 1_000, longest: 30_000 };

export class RunExecution {
  private abort = new AbortController();
  private stopped: { cause: StopCause; detail: string } | undefined;

  constructor(private readonly options: ExecutionOptions) {}

  /** Ends the run; the first cause counts, except that a cancel or the agent's own end also ends a recovery. */
  stop(cause: StopCause, detail = ''): void {
    if (this.stopped !== undefined && !stopMeanings[this.stopped.cause].recovers) return;
    this.stopped = { cause, detail };
    if (cause === 'agentStopping') this.abort.abort(graceWhenStoppingMs);
    else this.abort.abort();
  }

  async run(): Promise<RunEnd> {
    const { command, report, nowMs, steps } = this.options;
    report({ kind: 'started', ...this.ids(), atMs: nowMs() });
    try {
      const main = await this.limited(() => this.phase('step', command.steps), true);
      if (main.failed === undefined && this.stopped === undefined) return this.end('succeeded', main.last, null);
      return await this.afterFailure(main);
    } finally {
      await steps.close();
    }
  }

  private async afterFailure(main: PhaseEnd): Promise<RunEnd> {
    const { command, report, nowMs } = this.options;
    const meaning = this.stopped && stopMeanings[this.stopped.cause];
    const reason = this.reasonOf(main);
    const status = meaning?.status ?? (reason.code === 'STEP_TIMED_OUT' ? 'timed_out' : 'failed');
    const last = main.failed?.end ?? main.last;
    if (meaning?.recovers === false || command.recovery.length === 0) return this.end(status, last, reason);
    const failedStep = main.failed?.index ?? command.steps.length - 1;
    report({ kind: 'recovering', ...this.ids(), atMs: nowMs(), failedStep });
    this.abort = new AbortController();
    const recovery = await this.limited(() => this.phase('recovery', command.recovery), false);
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

  private async phase(phase: 'step' | 'recovery', steps: RunCommand['steps']): Promise<PhaseEnd> {
    let last: StepEnd | undefined;
    for (const [index, step] of steps.entries()) {
      for (let tries = 1; ; tries += 1) {
        if (this.abort.signal.aborted) return { failed: undefined, last };
        last = await this.once(step, { phase, index, try: tries });
        if (last.outcome === 'succeeded') break;
        if (this.abort.signal.aborted || tries > step.retries) return { failed: { index, end: last }, last };
        await this.waitBeforeRetry(tries);
      }
    }
    return { failed: undefined, last };
  }

  private async once(step: RunCommand['steps'][number], ref: { phase: 'step' | 'recovery'; index: number; try: number }): Promise<StepEnd> {
    const { report, nowMs, steps } = this.options;
    const startedAtMs = nowMs();
    if (!steps.instant(step)) report({ kind: 'stepStarted', ...this.ids(), ...ref, atMs: startedAtMs });
    const signal = this.abort.signal;
    const end = await steps.run(step, ref, signal);
    const outcome =
      signal.aborted && end.outcome !== 'succeeded' && this.stopped ? stopMeanings[this.stopped.cause].stepOutcome : end.outcome;
    const { exitCode, output } = end;
    report({ kind: 'stepFinished', ...this.ids(), ...ref, atMs: nowMs(), outcome, exitCode, signal: end.signal, output, startedAtMs });
    return { ...end, outcome };
  }

  private waitBeforeRetry(tries: number): Promise<void> {
    const delayMs = Math.min(backOffMs.first * 2 ** (tries - 1), backOffMs.longest);
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
    const code = failed?.end.outcome === 'timed_out' ? 'STEP_TIMED_OUT' : 'STEP_FAILED';
    return { code, message: failed?.end.message ?? 'a step failed' };
  }

  private end(status: TerminalStatus, last: StepEnd | undefined, reason: RunReason | null): RunEnd {
    return { status, exitCode: last?.exitCode ?? null, output: last?.output ?? null, reason };
  }

  private ids(): { runId: string; attempt: number } {
    return { runId: this.options.command.runId, attempt: this.options.command.attempt };
  }
}
