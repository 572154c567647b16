import { watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CancelTimer, Clock } from './clock.js';

/**
 * Tells what a small file says, whenever it says something else.
 *
 * Promises: one telling at a time, each text once, until it was taken in (a telling that throws is made again by and by). A file that is replaced as a whole, as
 * secrets are, is seen at once. Does not: tell the text that is there at the start, nor half a text of a file that is written in place any better than reading it would.
 */
export interface FileWatchOptions {
  readonly path: string;
  readonly onText: (text: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** For file systems that tell nothing of changes, and for what could not be taken in. */
const safetyNetMs = 30_000;

export class FileWatch {
  private watcher: FSWatcher | undefined;
  private cancelTimer: CancelTimer = () => undefined;
  private looking: Promise<void> = Promise.resolve();
  private seen: string | undefined;
  private stopped = false;

  constructor(private readonly options: FileWatchOptions) {}

  /** `seen`: the text that was taken in before, where it is known. */
  start(seen?: string): void {
    this.seen = seen;
    const { path, onError } = this.options;
    try {
      // The folder, as the file itself is replaced; a link in it may be turned under another name, so every change there is a reason to look.
      this.watcher = watch(dirname(path), { persistent: false }, () => this.look());
      this.watcher.on('error', onError);
    } catch (error) {
      onError(error);
    }
    this.arm();
    this.look();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.watcher?.close();
    this.cancelTimer();
    await this.looking;
  }

  private arm(): void {
    this.cancelTimer = this.options.clock.setTimer(() => {
      this.look();
      this.arm();
    }, safetyNetMs);
  }

  private look(): void {
    this.looking = this.looking.then(() => this.read());
  }

  private async read(): Promise<void> {
    if (this.stopped) return;
    const { path, onText, onError } = this.options;
    try {
      const text = await readFile(path, 'utf8');
      if (text === this.seen) return;
      await onText(text);
      this.seen = text;
    } catch (error) {
      onError(error);
    }
  }
}
