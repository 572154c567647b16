import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { OutputPipe, OutputPipes } from './output-pipes.js';
import { begunOf, faultOf, spawnScript, type NotStarted, type RunningScript, type Script, type ScriptEnd } from './script-spawn.js';

/**
 * Begins scripts from a process that holds little memory. To begin one, the kernel copies the page tables of all that its parent holds, and from the agent that
 * costs more than the rest of a short script.
 * Promises: a script that nobody can wait for any more, as the spawner was killed, is told as one whose end is not known. Until there is a spawner, and where it
 * cannot be had, the agent begins scripts itself: it is never waited for. Does not: keep one that has had nothing to do for a minute.
 */
export interface SpawnerOptions {
  readonly pipes: OutputPipes | undefined;
  /** The text of its program; without one the agent begins all scripts. */
  readonly program: string | undefined;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
}

export interface Outputs {
  readonly stdout: Readable;
  readonly stderr: Readable;
}

export type BegunScript = RunningScript & { readonly outputs: Outputs };

export interface ToSpawner {
  readonly number: number;
  readonly script: Script;
  /** Named pipes. */
  readonly stdout: string;
  readonly stderr: string;
}

/** That it is ready; then of each script whether it was begun, and how it ended. */
export type FromSpawner =
  | { readonly ready: true }
  | ({ readonly number: number } & ({ readonly fault: string } | { readonly pid: number } | { readonly end: ScriptEnd }));

interface Asked {
  readonly begun: (begun: RunningScript | NotStarted) => void;
  ended?: (end: ScriptEnd) => void;
}

const endNotSeen = 'how it ended is not known: the process that had begun it was killed';

const noSpawner = 'there is no spawner: the agent begins scripts itself';

const idleMs = 60_000;
/** One that takes longer to begin a script is stopped, or hangs, and is killed. */
const beginMs = 60_000;

export class Spawner {
  private process: ChildProcess | undefined;
  private ready = false;
  private numbers = 0;
  private readonly asked = new Map<number, Asked>();
  private cancelIdle: () => void = () => undefined;

  constructor(private readonly options: SpawnerOptions) {}

  async begin(script: Script): Promise<BegunScript | NotStarted> {
    try {
      await this.options.pipes?.prepare();
      const pipes = this.options.pipes?.takeTwo();
      return await (pipes === undefined ? beginWithoutPipes(script) : this.beginWith(pipes, script));
    } catch (error) {
      return { fault: faultOf(error, script) };
    }
  }

  /** It goes; the next script brings another one. */
  close(): void {
    this.cancelIdle();
    const { process } = this;
    [this.process, this.ready] = [undefined, false];
    if (process?.connected === true) process.disconnect();
  }

  private async beginWith(pipes: readonly [OutputPipe, OutputPipe], script: Script): Promise<BegunScript | NotStarted> {
    const [{ reader: stdout }, { reader: stderr }] = pipes;
    let begun: RunningScript | NotStarted | undefined;
    try {
      begun = await (this.ready && this.process !== undefined ? this.ask(this.process, script, pipes) : this.beginHere(script, pipes));
      return begun.pid === undefined ? begun : { ...begun, outputs: { stdout, stderr } };
    } finally {
      for (const { writeFd } of pipes) closeSync(writeFd);
      if (begun?.pid === undefined) for (const { reader } of pipes) reader.destroy();
    }
  }

  /** The next one may find a spawner. */
  private beginHere(script: Script, [stdout, stderr]: readonly [OutputPipe, OutputPipe]): Promise<RunningScript | NotStarted> {
    this.start();
    return begunOf(script, spawnScript(script, [stdout.writeFd, stderr.writeFd]));
  }

  private async ask(
    process: ChildProcess,
    { line, cwd, env }: Script,
    [stdout, stderr]: readonly [OutputPipe, OutputPipe],
  ): Promise<RunningScript | NotStarted> {
    this.cancelIdle();
    const number = (this.numbers += 1);
    const cancelLimit = this.options.clock.setTimer(() => process.kill('SIGKILL'), beginMs);
    const begun = await new Promise<RunningScript | NotStarted>((resolve) => {
      this.asked.set(number, { begun: resolve });
      // Where it cannot be told, its exit says so too.
      const message: ToSpawner = { number, script: { line, cwd, env }, stdout: stdout.path, stderr: stderr.path };
      process.send(message, () => undefined);
    });
    cancelLimit();
    return begun;
  }

  private start(): void {
    const { program, log } = this.options;
    if (this.process !== undefined || program === undefined) return;
    const flags = ['--max-semi-space-size=1', '--input-type=module', '-'];
    const child = spawn(process.execPath, flags, { cwd: '/', env: {}, detached: true, stdio: ['pipe', 'ignore', 'ignore', 'ipc'] });
    this.process = child;
    child.on('message', (message: FromSpawner) => this.heard(message));
    child.on('error', (error) => log.warn({ error }, noSpawner));
    child.on('exit', (exitCode, signal) => this.gone(child, { exitCode, signal }));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(program);
    child.unref();
    child.channel?.unref();
  }

  private heard(message: FromSpawner): void {
    if ('ready' in message) return void (this.ready = true);
    const asked = this.asked.get(message.number);
    if (asked === undefined) return;
    if ('pid' in message) {
      const ended = new Promise<ScriptEnd>((resolve) => (asked.ended = resolve));
      return asked.begun({ pid: message.pid, ended });
    }
    this.asked.delete(message.number);
    if ('end' in message) asked.ended?.(message.end);
    else asked.begun({ fault: message.fault });
    if (this.asked.size === 0) this.cancelIdle = this.options.clock.setTimer(() => this.close(), idleMs);
  }

  private gone(child: ChildProcess, how: Pick<ScriptEnd, 'exitCode' | 'signal'>): void {
    if (this.process !== child) return;
    const { log } = this.options;
    if (!this.ready) return log.warn(how, noSpawner);
    log.warn({ ...how, scripts: this.asked.size }, 'the spawner was killed');
    [this.process, this.ready] = [undefined, false];
    const asked = [...this.asked.values()];
    this.asked.clear();
    for (const { begun, ended } of asked) {
      ended?.({ exitCode: null, signal: null, fault: endNotSeen });
      begun({ fault: endNotSeen, mayRun: true });
    }
  }
}

/** Node makes some, which only the agent itself can hear. */
const beginWithoutPipes = async (script: Script): Promise<BegunScript | NotStarted> => {
  const child = spawnScript(script, ['pipe', 'pipe']);
  const { stdout, stderr } = child;
  const begun = await begunOf(script, child);
  if (begun.pid !== undefined && stdout !== null && stderr !== null) return { ...begun, outputs: { stdout, stderr } };
  for (const output of [stdout, stderr]) output?.destroy();
  return begun.pid === undefined ? begun : { fault: 'no pipe for its output', mayRun: true };
};
