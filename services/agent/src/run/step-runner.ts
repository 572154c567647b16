import type { RunCommand } from '@klevr/contracts/command';
import type { EventFact } from '@klevr/contracts/fact';
import type { Clock } from '@klevr/platform/clock';
import { CommandFailed, type BuiltInCommands } from './built-in-commands.js';
import { RunFolder, inlineOutput, maxInlineOutputBytes, textOf } from './run-folder.js';
import type { RunLog, StepRef } from './run-log.js';
import { runScript } from './script-process.js';

/**
 * Runs one try of one step: a script or a built-in command.
 * Promises: the step's own time-out; parameters, the previous step's output and a file for its own output as files of a private folder that exists only
 * while the run has scripts; nothing of the agent's own settings in its environment. Does not: retry, or decide what a failure means.
 */
type Step = RunCommand['steps'][number];
type ScriptStep = Extract<Step, { run: string }>;

export interface StepEnd {
  readonly outcome: Extract<EventFact, { kind: 'stepFinished' }>['outcome'];
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly output: string | null;
  readonly message: string;
}

export interface StepRunnerOptions {
  readonly command: RunCommand;
  readonly builtIns: BuiltInCommands;
  readonly log: RunLog;
  readonly runsFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** Linux refuses one environment value beyond 128 KiB, its name included. */
const maxVariableBytes = 120_000;

export class StepRunner {
  private folder: RunFolder | undefined;
  private previous: { text: string } | { file: string } = { text: '' };

  constructor(private readonly options: StepRunnerOptions) {}

  instant(step: Step): boolean {
    return 'use' in step && (this.options.builtIns.get(step.use)?.instant ?? false);
  }

  async run(step: Step, ref: StepRef, signal: AbortSignal): Promise<StepEnd> {
    const limit = new AbortController();
    const both = AbortSignal.any([signal, limit.signal]);
    const cancel =
      step.timeoutSeconds === undefined ? undefined : this.options.clock.setTimer(() => limit.abort(), step.timeoutSeconds * 1000);
    try {
      const end = 'use' in step ? await this.runBuiltIn(step, both) : await this.runScriptStep(step, ref, both);
      if (end.outcome === 'succeeded' || !limit.signal.aborted || signal.aborted) return end;
      return { ...end, outcome: 'timed_out', message: `step "${step.name}" took longer than ${step.timeoutSeconds} s` };
    } catch (error) {
      return { ...failed, message: `step "${step.name}" could not be run: ${error instanceof Error ? error.message : String(error)}` };
    } finally {
      cancel?.();
    }
  }

  /** Takes the private folder away. */
  async close(): Promise<void> {
    await this.folder?.remove();
  }

  private async runBuiltIn(step: Extract<Step, { use: string }>, signal: AbortSignal): Promise<StepEnd> {
    const command = this.options.builtIns.get(step.use);
    if (command === undefined) return { ...failed, message: `step "${step.name}": this agent has no built-in command ${step.use}` };
    const { runId, attempt, taskName } = this.options.command;
    let output: string | null;
    try {
      const result = command.run(step.with, { runId, attempt, taskName, signal });
      output = result instanceof Promise ? await result : result;
    } catch (error) {
      const result = error instanceof CommandFailed ? error.output : null;
      return { ...failed, output: result, message: `step "${step.name}": ${error instanceof Error ? error.message : String(error)}` };
    }
    this.previous = { text: output ?? '' };
    return { outcome: 'succeeded', exitCode: 0, signal: null, output: output === null ? null : clipped(output), message: '' };
  }

  private async runScriptStep(step: ScriptStep, ref: StepRef, signal: AbortSignal): Promise<StepEnd> {
    const { command, runsFolder, log, clock } = this.options;
    this.folder ??= await RunFolder.make(runsFolder, `${command.runId}.${command.attempt}`);
    const folder = this.folder;
    const name = `${ref.phase}-${ref.index}-${ref.try}`;
    const [file, output] = await Promise.all([folder.write(`${name}.sh`, step.run), folder.write(`${name}.out`, '')]);
    const env = await this.environmentOf(step, folder, output);
    const end = await runScript({
      file,
      cwd: folder.path,
      env,
      clock,
      signal,
      onSpawn: (pid) => folder.recordGroup(pid, markOf(command)),
      onOutput: (stream, bytes) => log.write(ref, stream, bytes),
    });
    folder.groupEnded();
    log.flush(ref);
    if (end.fault !== undefined) throw new Error(end.fault);
    const ended = { exitCode: end.exitCode, signal: end.signal, output: await inlineOutput(output) };
    if (end.exitCode !== 0) return { outcome: 'failed', ...ended, message: `step "${step.name}" ended with ${endOf(end)}` };
    this.previous = { file: output };
    return { outcome: 'succeeded', ...ended, message: '' };
  }

  private async environmentOf(step: ScriptStep, folder: RunFolder, output: string): Promise<Record<string, string>> {
    const { command, environment } = this.options;
    const parameters = JSON.stringify(command.parameters);
    const previous = 'file' in this.previous ? this.previous.file : await folder.write('previous', this.previous.text);
    const result = 'file' in this.previous ? ((await inlineOutput(previous)) ?? '') : this.previous.text;
    return {
      ...environment,
      ...step.env,
      KLEVR_TASK_ID: command.taskId,
      KLEVR_RUN_ID: command.runId,
      KLEVR_ATTEMPT: String(command.attempt),
      KLEVR_PARAMETERS: await folder.write('parameters.json', parameters),
      KLEVR_PREVIOUS: previous,
      KLEVR_OUTPUT: output,
      TASK_ORIGIN_PARAM: asVariable(parameters),
      TASK_RESULT: asVariable(result),
    };
  }
}

const failed = { outcome: 'failed', exitCode: null, signal: null, output: null } as const;

/** By this variable a left-over process is known as one of this attempt. */
const markOf = (command: RunCommand): string => `KLEVR_RUN_ID=${command.runId}`;

const asVariable = (text: string): string => (Buffer.byteLength(text) > maxVariableBytes ? '' : text.replaceAll('\0', ''));

const clipped = (text: string): string => textOf(Buffer.from(text).subarray(0, maxInlineOutputBytes));

const endOf = ({ exitCode, signal }: { exitCode: number | null; signal: string | null }): string =>
  exitCode === null ? `signal ${signal ?? 'unknown'}` : `exit code ${exitCode}`;
