import type { RunCommand } from '@klevr/contracts/command';
import type { RunReason } from './run-stop.js';
import type { StepRef } from './run-log.js';

/**
 * The environment of a script: the agent's own (without its settings), the run's secrets, the step's `env`, and these, which nothing overrides:
 *
 * KLEVR_TASK_ID, KLEVR_TASK_NAME, KLEVR_RUN_ID, KLEVR_ATTEMPT (from 1)
 * KLEVR_STEP (its name), KLEVR_STEP_INDEX (from 0), KLEVR_TRY (from 1), KLEVR_PHASE (`step` or `recovery`)
 * KLEVR_PARAMETERS  file with the task's parameters, JSON
 * KLEVR_PREVIOUS    file with the output of the last step that succeeded (at first: of the task or attempt before, if there is one); it may be empty
 * KLEVR_OUTPUT      file to write the step's output to (it is made by who writes to it); the first 64 KiB of it are told to the centre, the next step gets all of it
 * TASK_ORIGIN_PARAM the parameters themselves, JSON; empty beyond 120,000 bytes
 * TASK_RESULT       the previous output itself, up to 64 KiB, without NULs. A script of the default interpreter may set it instead of writing to KLEVR_OUTPUT
 *
 * In recovery steps also:
 * KLEVR_FAILED_STEP (name), KLEVR_FAILED_STEP_INDEX
 * KLEVR_FAILED_STEP_EXIT_CODE, KLEVR_FAILED_STEP_SIGNAL (each may be empty)
 * KLEVR_FAILED_STEP_OUTPUT  file with what the step had written to its KLEVR_OUTPUT
 * KLEVR_FAILED_STEP_LOG     file with the end (64 KiB) of what it wrote to stdout and stderr
 * KLEVR_FAILED_REASON (STEP_FAILED, STEP_TIMED_OUT, RUN_TIMED_OUT, DEADLINE_PASSED, or why the step was lost), KLEVR_FAILED_MESSAGE
 *
 * Promises: what a step gets from others (parameters, outputs, secrets, names) stands in values and files, never in the text of a command.
 */
export interface FailedStep {
  readonly name: string;
  readonly index: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: RunReason;
}

export interface StepFiles {
  readonly parameters: string;
  readonly previous: string;
  readonly output: string;
}

interface Told {
  readonly command: RunCommand;
  readonly step: { readonly name: string };
  readonly ref: StepRef;
  readonly files: StepFiles;
  readonly parameters: string;
  readonly previous: string;
}

/** What is longer is in files only. */
const maxVariableBytes = 120_000;

export const stepVariables = ({ command, step, ref, files, parameters, previous }: Told): Record<string, string> => ({
  KLEVR_TASK_ID: command.taskId,
  KLEVR_TASK_NAME: asVariable(command.taskName),
  KLEVR_RUN_ID: command.runId,
  KLEVR_ATTEMPT: String(command.attempt),
  KLEVR_STEP: asVariable(step.name),
  KLEVR_STEP_INDEX: String(ref.index),
  KLEVR_TRY: String(ref.try),
  KLEVR_PHASE: ref.phase,
  KLEVR_PARAMETERS: files.parameters,
  KLEVR_PREVIOUS: files.previous,
  KLEVR_OUTPUT: files.output,
  TASK_ORIGIN_PARAM: asVariable(parameters),
  TASK_RESULT: asVariable(previous),
});

export const failureVariables = (failed: FailedStep, files: { readonly output: string; readonly log: string }): Record<string, string> => ({
  KLEVR_FAILED_STEP: asVariable(failed.name),
  KLEVR_FAILED_STEP_INDEX: String(failed.index),
  KLEVR_FAILED_STEP_EXIT_CODE: failed.exitCode === null ? '' : String(failed.exitCode),
  KLEVR_FAILED_STEP_SIGNAL: failed.signal ?? '',
  KLEVR_FAILED_STEP_OUTPUT: files.output,
  KLEVR_FAILED_STEP_LOG: files.log,
  KLEVR_FAILED_REASON: failed.reason.code,
  KLEVR_FAILED_MESSAGE: asVariable(failed.reason.message),
});

/** Linux takes no more for one variable, its name, the sign between them and the end included. */
const longestBytes = 131_072;

/** Of the step's own variables, those that no process can be given. */
export const faultOfVariables = (env: Readonly<Record<string, string>>): string | undefined => {
  const faults = Object.entries(env).flatMap(([name, value]) => {
    if (value.includes('\0')) return `the variable ${name} holds a NUL`;
    const tooLong = Buffer.byteLength(value) + name.length + 2 > longestBytes;
    return tooLong ? `the variable ${name} is longer than a process can be given (${longestBytes} bytes with its name)` : [];
  });
  return faults.length === 0 ? undefined : faults.join('; ');
};

const asVariable = (text: string): string => (Buffer.byteLength(text) > maxVariableBytes ? '' : text.replaceAll('\0', ''));
