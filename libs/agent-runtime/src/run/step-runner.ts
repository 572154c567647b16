import type { RunCommand } from '@klevr/contracts/command';
import type { EventFact } from '@klevr/contracts/fact';
import type { CommandContext } from '../built-ins/built-in.js';
import { outputOfFailure, type BuiltInCommands } from './built-in-commands.js';
import { inlineText, maxInlineOutputBytes, outputBytes } from './run-folder.js';
import type { StepRef } from './run-log.js';
import { RunSecrets, type SecretOpener } from './run-secrets.js';
import { ScriptSteps, type Output, type ScriptInput, type ScriptStep, type ScriptStepsOptions } from './script-steps.js';
import type { FailedStep } from './step-environment.js';

/**
 * Runs one try of one step: a script or a built-in command.
 * Promises: the step's own time-out; each step gets the output of the last one that succeeded, the recovery that of the failed one; nothing that is told of a step
 * (output, message) shows a secret of the run. Does not: retry, or decide what a failure means.
 */
type Step = RunCommand['steps'][number];

export interface StepEnd {
  readonly outcome: Extract<EventFact, { kind: 'stepFinished' }>['outcome'];
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly output: string | null;
  readonly message: string;
}

export interface StepRunnerOptions extends ScriptStepsOptions {
  readonly builtIns: BuiltInCommands;
  /** Opens what was sealed to this agent. */
  readonly sealingKey?: SecretOpener;
}

export class StepRunner {
  private readonly scripts: ScriptSteps;
  private secrets = RunSecrets.open([], undefined);
  private previous: Output;
  private latest: Output = { text: '' };
  private failed: ScriptInput['failed'];

  constructor(private readonly options: StepRunnerOptions) {
    this.scripts = new ScriptSteps(options);
    this.previous = { text: options.command.previous ?? '' };
  }

  /** Throws SecretsUnreadable where the run has secrets that cannot be opened here. */
  openSecrets(): void {
    const { command, sealingKey } = this.options;
    if (command.credentials !== undefined) this.secrets = RunSecrets.open(command.credentials, sealingKey);
  }

  instant(step: Step): boolean {
    return 'use' in step && (this.options.builtIns.get(step.use)?.instant ?? false);
  }

  /** From now on steps hear of this failure: they are those of the recovery. */
  recoverFrom(step: FailedStep): void {
    this.failed = { step, output: this.latest };
  }

  async run(step: Step, ref: StepRef, signal: AbortSignal): Promise<StepEnd> {
    const end = step.timeoutSeconds === undefined ? await this.once(step, ref, signal) : await this.limited(step, ref, signal);
    const { masks } = this.secrets;
    return masks.none ? end : { ...end, message: masks.text(end.message) };
  }

  /** Takes the private folder away; where a grace is given, also all that the run's scripts have left running. */
  async close(graceMs?: number): Promise<void> {
    await this.scripts.close(graceMs);
  }

  private async limited(step: Step, ref: StepRef, signal: AbortSignal): Promise<StepEnd> {
    const limit = new AbortController();
    const cancel = this.options.clock.setTimer(() => limit.abort(), (step.timeoutSeconds ?? 0) * 1000);
    const end = await this.once(step, ref, AbortSignal.any([signal, limit.signal]));
    cancel();
    if (end.outcome === 'succeeded' || !limit.signal.aborted || signal.aborted) return end;
    return { ...end, outcome: 'timed_out', message: `step "${step.name}" took longer than ${step.timeoutSeconds} s` };
  }

  private async once(step: Step, ref: StepRef, signal: AbortSignal): Promise<StepEnd> {
    try {
      return 'use' in step ? await this.runBuiltIn(step, ref, signal) : await this.runScriptStep(step, ref, signal);
    } catch (error) {
      this.latest = { text: '' };
      return { ...failed, message: `step "${step.name}" could not be run: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  private async runBuiltIn(step: Extract<Step, { use: string }>, ref: StepRef, signal: AbortSignal): Promise<StepEnd> {
    const command = this.options.builtIns.get(step.use);
    if (command === undefined) return { ...failed, message: `step "${step.name}": this agent has no built-in command ${step.use}` };
    const { log, command: run } = this.options;
    const { runId, attempt, taskName } = run;
    const { secrets } = this;
    let said = false;
    let output: string | null;
    try {
      const say: CommandContext['say'] = (stream, text) => {
        said = true;
        // What does not fit is cut, as it is of scripts; nobody waits for the disk here.
        void log.write(ref, stream, secrets.masks.whole(Buffer.from(text)));
      };
      const result = command.run(step.with, { runId, attempt, taskName, signal, credentials: secrets.byName, say });
      output = result instanceof Promise ? await result : result;
    } catch (error) {
      const message = `step "${step.name}": ${error instanceof Error ? error.message : String(error)}`;
      const told = outputOfFailure(error);
      this.latest = { text: told ?? '' };
      return { ...failed, output: told === null ? null : this.shown(Buffer.from(told)), message };
    } finally {
      if (said) log.flush(ref);
    }
    this.previous = this.latest = { text: output ?? '' };
    return { ...succeeded, output: output === null ? null : this.shown(Buffer.from(output)) };
  }

  private async runScriptStep(step: ScriptStep, ref: StepRef, signal: AbortSignal): Promise<StepEnd> {
    const { previous, secrets, failed } = this;
    const end = await this.scripts.run(step, ref, signal, { previous, previousText: textOf(previous), secrets, failed });
    if (end.fault !== undefined) throw new Error(end.fault);
    const written = outputBytes(end.output, maxInlineOutputBytes + secrets.masks.longestBytes);
    this.latest = written === undefined ? { text: '' } : { file: end.output };
    const output = written === undefined || written.length === 0 ? null : this.shown(written);
    const ended = { exitCode: end.exitCode, signal: end.signal, output };
    if (end.exitCode !== 0) return { outcome: 'failed', ...ended, message: `step "${step.name}" ended with ${endOf(end)}` };
    this.previous = this.latest;
    return { ...succeeded, output };
  }

  /** What is told of an output: without secrets, also without the beginning of one where it is cut. */
  private shown(bytes: Buffer): string {
    const { masks } = this.secrets;
    if (masks.none) return inlineText(bytes);
    return inlineText(bytes.length > maxInlineOutputBytes ? masks.stream().push(bytes) : masks.whole(bytes));
  }
}

const failed = { outcome: 'failed', exitCode: null, signal: null, output: null } as const;
const succeeded = { outcome: 'succeeded', exitCode: 0, signal: null, message: '' } as const;

const textOf = (output: Output): string =>
  'text' in output ? output.text : inlineText(outputBytes(output.file, maxInlineOutputBytes) ?? Buffer.alloc(0));

const endOf = ({ exitCode, signal }: { exitCode: number | null; signal: string | null }): string =>
  exitCode === null ? `signal ${signal ?? 'unknown'}` : `exit code ${exitCode}`;
