import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunCommand } from '@klevr/contracts/command';
import { newId } from '@klevr/contracts/ids';
import { SystemClock } from '@klevr/platform/clock';
import type { LogFactBody } from '../journal/log-spool.js';
import type { BuiltInCommands } from './built-in-commands.js';
import { RunLog, type StepRef } from './run-log.js';
import { spawnerHere } from './spawner.fixture.js';
import { StepRunner, type StepEnd } from './step-runner.js';

/** The steps of one run, with a folder of their own and all that they write. */
export class Steps {
  readonly facts: LogFactBody[] = [];
  private index = 0;

  readonly runner: StepRunner;

  private constructor(
    readonly folder: string,
    readonly command: RunCommand,
    make: (log: RunLog) => StepRunner,
  ) {
    this.runner = make(logOf(command, this.facts));
  }

  static async open(changes: Partial<RunCommand> = {}, builtIns: BuiltInCommands = new Map()): Promise<Steps> {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-steps-'));
    const ids = { runId: newId('run'), taskId: newId('task'), taskName: 'test', attempt: 3 };
    const command = { ...ids, recovery: [], parameters: {}, steps: [], ...changes } as unknown as RunCommand;
    const environment = { PATH: process.env['PATH'] ?? '', INHERITED: 'yes' };
    const sealingKey = { open: (sealed: string) => Buffer.from(sealed, 'base64') };
    const groups = { started: () => undefined, ended: () => undefined };
    const common = {
      command,
      builtIns,
      groups,
      spawner: spawnerHere(),
      runsFolder: folder,
      environment,
      clock: new SystemClock(),
      sealingKey,
    };
    const steps = new Steps(folder, command, (log) => new StepRunner({ ...common, log }));
    steps.runner.openSecrets();
    return steps;
  }

  run(step: object, signal = new AbortController().signal, phase: StepRef['phase'] = 'step'): Promise<StepEnd> {
    const whole = { name: 'it', retries: 0, env: {}, ...step } as RunCommand['steps'][number];
    return this.runner.run(whole, { phase, index: this.index++, try: 1 }, signal);
  }

  script(run: string, more: object = {}): Promise<StepEnd> {
    return this.run({ run, ...more });
  }

  written(stream: 'stdout' | 'stderr'): string {
    const pieces = this.facts.filter((fact) => fact.stream === stream).map(({ data }) => Buffer.from(data, 'base64'));
    return Buffer.concat(pieces).toString();
  }

  async close(): Promise<void> {
    await this.runner.close();
    await rm(this.folder, { recursive: true });
  }
}

const logOf = ({ runId, attempt, maxLogBytes }: RunCommand, facts: LogFactBody[]): RunLog => {
  const sink = { full: false, add: (fact: LogFactBody) => void facts.push(fact) as undefined };
  return new RunLog({ runId, attempt }, sink, new SystemClock(), () => 1, maxLogBytes);
};
