import { accessSync, constants, statSync } from 'node:fs';
import type { RunCommand } from '@klevr/contracts/command';
import type { Clock } from '@klevr/platform/clock';
import type { GroupRecords } from './group-records.js';
import { runMark } from './left-over.js';
import { endProcesses } from './process-end.js';
import { RunFolder } from './run-folder.js';
import type { RunLog, StepRef } from './run-log.js';
import type { RunSecrets } from './run-secrets.js';
import { OutputTail } from './output-tail.js';
import { scriptLine } from './script-line.js';
import { defaultGraceMs } from './run-stop.js';
import { runScript } from './script-process.js';
import type { ScriptEnd } from './script-spawn.js';
import type { Spawner } from './spawner.js';
import { failureVariables, faultOfVariables, stepVariables, type FailedStep } from './step-environment.js';

/**
 * Runs the scripts of one attempt, each in a process group of its own, all with the same private folder.
 * Promises: what cannot be started is said in a sentence that names the cause; the folder exists only while the run has scripts. Does not: know what a failure
 * means, or look into what the scripts write.
 */
export type ScriptStep = Extract<RunCommand['steps'][number], { run: string }>;

export interface ScriptStepsOptions {
  readonly command: RunCommand;
  readonly log: RunLog;
  readonly runsFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly spawner: Spawner;
  readonly groups: Pick<GroupRecords, 'started' | 'ended'>;
}

/** The output of a step: a file that a script wrote, or the text that a built-in command answered. */
export type Output = { readonly file: string } | { readonly text: string };

export interface ScriptResult extends ScriptEnd {
  readonly output: string;
}

export interface ScriptInput {
  readonly previous: Output;
  /** Of `previous`, what goes into a variable. */
  readonly previousText: string;
  readonly secrets: RunSecrets;
  readonly failed: { readonly step: FailedStep; readonly output: Output } | undefined;
}

export class ScriptSteps {
  private folder: RunFolder | undefined;
  private common: { readonly parameters: string; readonly file: string; readonly variables: Record<string, string> } | undefined;
  private lastWords: OutputTail | undefined;
  private failureFiles: { readonly output: string; readonly log: string } | undefined;

  constructor(private readonly options: ScriptStepsOptions) {}

  async run(step: ScriptStep, ref: StepRef, signal: AbortSignal, input: ScriptInput): Promise<ScriptResult> {
    const { command, log, clock, spawner, groups, runsFolder } = this.options;
    const folder = (this.folder ??= RunFolder.make(runsFolder, `${command.runId}.${command.attempt}`));
    const output = folder.pathOf(`${ref.phase}-${ref.index}-${ref.try}.out`);
    const result = (fault: string): ScriptResult => ({ exitCode: null, signal: null, fault, output });
    const fault = faultOfFolder(step.workingDirectory) ?? faultOfVariables(step.env);
    if (fault !== undefined) return result(fault);
    const line = scriptLine(folder.write(`${ref.phase}-${ref.index}.sh`, step.run), step.interpreter);
    const env = this.environmentOf(step, ref, folder, output, input);
    const masked = { stdout: input.secrets.masks.stream(), stderr: input.secrets.masks.stream() };
    // Of a recovery's own steps nobody is told the end.
    const tail = command.recovery.length > 0 && ref.phase === 'step' ? (this.lastWords = new OutputTail()) : undefined;
    const end = await runScript({
      ...{ line, env, spawner, clock, signal },
      cwd: step.workingDirectory ?? folder.path,
      graceMs: command.killGraceSeconds === undefined ? defaultGraceMs : command.killGraceSeconds * 1000,
      mark: `KLEVR_OUTPUT=${output}`,
      onSpawn: (pid) => groups.started(pid, runMark(command.runId)),
      onEnd: (pid) => groups.ended(pid),
      onOutput: (stream, bytes) => {
        tail?.push(bytes);
        return log.cut ? undefined : log.write(ref, stream, masked[stream].push(bytes));
      },
    });
    for (const stream of ['stdout', 'stderr'] as const) void log.write(ref, stream, masked[stream].end());
    log.flush(ref);
    return end.fault === undefined ? { ...end, output } : result(end.fault);
  }

  /** Takes the folder away; where a grace is given, also all that the run's scripts started and that is still there. */
  async close(graceMs: number | undefined): Promise<void> {
    const { command, clock } = this.options;
    if (this.folder === undefined) return;
    const mark = runMark(command.runId);
    if (graceMs !== undefined) await endProcesses({ matches: ({ carries }) => carries(mark), clock, graceMs });
    await this.folder.remove();
  }

  private environmentOf(
    step: ScriptStep,
    ref: StepRef,
    folder: RunFolder,
    output: string,
    { previous, previousText, secrets, failed }: ScriptInput,
  ): Record<string, string> {
    const { command, environment } = this.options;
    this.common ??= this.commonOf(folder, secrets);
    const { parameters, file, variables } = this.common;
    const files = { parameters: file, previous: fileOf(previous, folder, 'previous'), output };
    const told = stepVariables({ command, step, ref, files, parameters, previous: previousText });
    return { ...environment, ...variables, ...step.env, ...told, ...(failed === undefined ? {} : this.failure(folder, failed)) };
  }

  private commonOf(folder: RunFolder, secrets: RunSecrets): NonNullable<typeof this.common> {
    const parameters = JSON.stringify(this.options.command.parameters);
    return { parameters, file: folder.write('parameters.json', parameters), variables: secrets.variables(folder) };
  }

  private failure(folder: RunFolder, { step, output }: NonNullable<ScriptInput['failed']>): Record<string, string> {
    this.failureFiles ??= {
      output: fileOf(output, folder, 'failed.out'),
      log: folder.write('failed.log', this.lastWords?.bytes() ?? ''),
    };
    return failureVariables(step, this.failureFiles);
  }
}

const fileOf = (output: Output, folder: RunFolder, name: string): string => {
  if ('file' in output) return output.file;
  return output.text === '' ? '/dev/null' : folder.write(name, output.text);
};

/** Said before the spawn, whose own word for it is that the interpreter is missing. */
const faultOfFolder = (path: string | undefined): string | undefined => {
  if (path === undefined) return undefined;
  try {
    if (!statSync(path).isDirectory()) return `its working directory ${path} is no directory`;
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return missing ? `its working directory ${path} does not exist` : `its working directory ${path} cannot be entered`;
  }
};
