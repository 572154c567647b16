import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { followLines } from './follow-file.js';

/**
 * Runs terraform in a folder.
 * Promises: one at a time in a folder: one whose worker was killed goes on to its end, and leaves in `errored.tfstate` what nobody took; the kernel holds the lock
 * for as long as any of its processes lives, and the next one waits for that. Arguments never pass through a shell.
 */
export interface TerraformCliOptions {
  readonly binary: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Takes secrets out of what is said. */
  readonly mask: (text: string) => string;
}

const lockWaitSeconds = 900;
const killAfterMs = 120_000;
const saidFile = '.klevr-said';
const largestOutput = 64 * 1024 * 1024;

/** What of an ended program counts here. */
interface Ended {
  readonly exitCode?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly shortMessage?: string | undefined;
}

export class TerraformProblem extends Error {
  override readonly name = 'TerraformProblem';
}

export class TerraformCli {
  constructor(private readonly options: TerraformCliOptions) {}

  /** What it says on its standard output. */
  async run(args: readonly string[], { good = [0] }: { good?: readonly number[] } = {}): Promise<string> {
    const result = await this.start(args);
    this.judge(result, args, good);
    return result.stdout;
  }

  /**
   * Line by line as it says them; JSON, for `apply -json`. It writes into a file: of a pipe whose reader was killed it would die. `onLine` may throw: then terraform
   * is told to end in order, and that is thrown once it has.
   */
  async follow(args: readonly string[], onLine: (line: string) => Promise<void>): Promise<void> {
    const end = new AbortController();
    let failure: { error: unknown } | undefined;
    const path = join(this.options.folder, saidFile);
    const said = createWriteStream(path, { mode: 0o600 });
    await once(said, 'open');
    const child = this.startInto(said, args, AbortSignal.any([this.options.signal, end.signal]));
    const wrong: string[] = [];
    for await (const line of followLines(path, child)) {
      const told = jsonOf(line);
      if (told === undefined || told['@level'] === 'error') wrong.push(typeof told?.['@message'] === 'string' ? told['@message'] : line);
      if (failure !== undefined) continue;
      try {
        await onLine(line);
      } catch (error) {
        failure = { error };
        end.abort();
      }
    }
    const { exitCode, shortMessage } = await child;
    said.destroy();
    await rm(path, { force: true });
    if (failure !== undefined) throw failure.error;
    this.judge({ exitCode, shortMessage, stderr: wrong.join('\n'), stdout: '' }, args, [0]);
  }

  private start(args: readonly string[], cancelSignal = this.options.signal) {
    return execa('flock', this.locked(args), { ...this.common(cancelSignal), stdio: ['ignore', 'pipe', 'pipe'] });
  }

  private startInto(file: WriteStream, args: readonly string[], cancelSignal: AbortSignal) {
    return execa('flock', this.locked(args), { ...this.common(cancelSignal), stdio: ['ignore', file, file] });
  }

  private locked(args: readonly string[]): string[] {
    const { binary, folder } = this.options;
    return ['--no-fork', '--exclusive', '--wait', String(lockWaitSeconds), join(folder, '.klevr-lock'), binary, ...args];
  }

  private common(cancelSignal: AbortSignal) {
    cancelSignal.throwIfAborted();
    const { folder, environment } = this.options;
    const whole = { cwd: folder, env: environment, extendEnv: false, reject: false, maxBuffer: largestOutput, cleanup: false } as const;
    // A second signal would have it forget what it made.
    return { ...whole, cancelSignal, killSignal: 'SIGINT', forceKillAfterDelay: killAfterMs } as const;
  }

  private judge(result: Ended, args: readonly string[], good: readonly number[]): void {
    this.options.signal.throwIfAborted();
    const { exitCode, stderr, stdout, shortMessage = '' } = result;
    if (exitCode !== undefined && good.includes(exitCode)) return;
    const said = this.options.mask(stderr.trim() || stdout.trim() || shortMessage);
    throw new TerraformProblem(`terraform ${args[0] ?? ''} failed${exitCode === undefined ? '' : ` (${exitCode})`}: ${said.slice(-4_000)}`);
  }
}

export const jsonOf = (line: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
