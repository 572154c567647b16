import { execFile } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Pipes for what scripts write. Those that Node makes for a child are sockets, and a script cannot open these by name: `echo x > /dev/stderr` would fail.
 * Promises: pipes that can be opened by name, of a folder that only the agent's user can read; one that may still be held by somebody is never given to
 * another script. Does not: give any where there is no `mkfifo` on the host; `takeTwo` answers undefined then, and in the moment that the first ones are made.
 */
export interface OutputPipe {
  readonly path: string;
  /** What the script gets; the agent's own copy of it has to be closed once the script is there. */
  readonly writeFd: number;
  readonly reader: Socket;
}

const madeAtOnce = 32;
const run = promisify(execFile);

export class OutputPipes {
  private free: string[] = [];
  private made = 0;
  private making: Promise<void> | undefined;
  private impossible = false;

  constructor(
    private readonly folder: string,
    private readonly program = 'mkfifo',
  ) {}

  /** There are two when it resolves, unless they cannot be made. */
  async prepare(): Promise<void> {
    if (this.free.length >= 2 || this.impossible) return;
    await (this.making ??= this.make());
  }

  /** For stdout and stderr of one script. */
  takeTwo(): readonly [OutputPipe, OutputPipe] | undefined {
    if (this.free.length < madeAtOnce / 4 && !this.impossible) this.making ??= this.make();
    const [first, second] = this.free.splice(-2);
    if (first === undefined || second === undefined) {
      if (first !== undefined) this.free.push(first);
      return undefined;
    }
    const stdout = this.open(first);
    try {
      return [stdout, this.open(second)];
    } catch (error) {
      letGo(stdout);
      throw error;
    }
  }

  private open(path: string): OutputPipe {
    const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let ended = false;
    try {
      const writeFd = openSync(path, constants.O_WRONLY);
      const reader = new Socket({ fd: readFd, readable: true, writable: false });
      reader.once('end', () => (ended = true));
      reader.once('close', () => this.giveBack(path, ended));
      return { path, writeFd, reader };
    } catch (error) {
      closeSync(readFd);
      throw error;
    }
  }

  /** At its end nobody holds it open for writing any more; one that was left before may still be somebody's. */
  private giveBack(path: string, ended: boolean): void {
    if (ended) this.free.push(path);
    else unlinkSync(path);
  }

  private async make(): Promise<void> {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      const paths = Array.from({ length: madeAtOnce }, () => join(this.folder, String(++this.made)));
      await run(this.program, ['-m', '600', ...paths]);
      this.free.push(...paths);
    } catch {
      this.impossible = true;
    }
    this.making = undefined;
  }
}

/** Nobody is to read it. */
const letGo = ({ writeFd, reader }: OutputPipe): void => {
  reader.destroy();
  closeSync(writeFd);
};
