import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '@klevr/platform/clock';
import { decodeLines, encodeLine } from './line-codec.js';

/**
 * An append-only file of records with group commit.
 * Promises: a promise of `append` or `keep` resolves only after the record is on disk (fdatasync); all records that wait share one write and
 * one sync; after a failed write the file is cut back to what is known good, so a torn record never stands before a whole one; `rewrite` replaces the
 * content in one step. A record of `append` that cannot be written is refused, one of `keep` is written as soon as there is room.
 * Does not: interpret records, or lock the file against another process.
 */
export type AppendHandle = Pick<FileHandle, 'write' | 'datasync' | 'truncate' | 'close'>;
export interface AppendFileOptions {
  readonly path: string;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly openHandle?: (path: string, flags: string) => Promise<AppendHandle>;
}

interface Entry {
  readonly line: string;
  readonly keep: boolean;
  resolve(): void;
  reject(cause: unknown): void;
}

const retryAfterMs = 1_000;
const ignore = (): void => undefined;

export class AppendFile {
  private queue: Entry[] = [];
  private flushing: Promise<void> | undefined;
  private torn = false;
  private cancelRetry: (() => void) | undefined;
  private cancelSoon: (() => void) | undefined;
  private snapshot: (() => Iterable<object | string>) | undefined;

  private constructor(
    private readonly options: AppendFileOptions,
    private handle: AppendHandle,
    private goodBytes: number,
  ) {}

  /** Opens or makes the file; the records that it holds come with it. */
  static async open(options: AppendFileOptions): Promise<{ file: AppendFile; records: unknown[]; damaged: boolean }> {
    const bytes = await readFile(options.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    const { records, goodBytes, damaged } = decodeLines(bytes ?? Buffer.alloc(0));
    const handle = await openHandle(options, options.path, bytes === undefined ? 'w+' : 'r+');
    if (bytes === undefined) await syncFolder(options.path);
    else if (goodBytes < bytes.length) await handle.truncate(goodBytes);
    return { file: new AppendFile(options, handle, goodBytes), records, damaged };
  }

  get sizeBytes(): number {
    return this.goodBytes;
  }

  /** True while something waits for the disk. */
  get busy(): boolean {
    return this.flushing !== undefined;
  }

  append(record: object | string): Promise<void> {
    return new Promise((resolve, reject) => this.push({ line: encodeLine(record), keep: false, resolve, reject }));
  }

  /** Several records that are written together or not at all. */
  appendAll(records: readonly (object | string)[]): Promise<void> {
    return new Promise((resolve, reject) => this.push({ line: records.map(encodeLine).join(''), keep: false, resolve, reject }));
  }

  keep(...records: readonly (object | string)[]): Promise<void> {
    return new Promise((resolve) => this.push({ line: records.map(encodeLine).join(''), keep: true, resolve, reject: ignore }));
  }

  /** Goes to disk with the next record that somebody waits for, or at the end; for what may be lost. */
  later(record: object): void {
    this.queue.push({ line: encodeLine(record), keep: true, resolve: ignore, reject: ignore });
  }

  /** On disk `delayMs` later or with the next record that somebody waits for: for what nobody waits for, and whose sync would hold up what somebody does. */
  within(delayMs: number, record: object | string): Promise<void> {
    this.cancelSoon ??= this.options.clock.setTimer(() => {
      this.cancelSoon = undefined;
      this.flush();
    }, delayMs);
    return new Promise((resolve) => this.queue.push({ line: encodeLine(record), keep: true, resolve, reject: ignore }));
  }

  /** Replaces the content by what `snapshot` gives at the moment of writing. A failure keeps the old content. */
  rewrite(snapshot: () => Iterable<object | string>): void {
    this.snapshot = snapshot;
    this.flush();
  }

  /** Resolves when the write that is under way has ended, well or not. */
  async settled(): Promise<void> {
    await this.flushing;
  }

  async close(): Promise<void> {
    this.flush();
    await this.flushing;
    this.cancelSoon?.();
    this.cancelRetry?.();
    await this.handle.close();
  }

  private push(entry: Entry): void {
    this.queue.push(entry);
    this.flush();
  }

  private flush(): void {
    this.flushing ??= this.flushAll();
  }

  private async flushAll(): Promise<void> {
    // One turn of the event loop lets everything that arrived together share the write.
    await new Promise((resolve) => setImmediate(resolve));
    do {
      if (this.snapshot !== undefined) await this.writeSnapshot(this.snapshot);
    } while ((await this.writeQueue()) && (this.queue.length > 0 || this.snapshot !== undefined));
    // In the same turn as the last look at the queue, so that nothing that is pushed from here on is overlooked.
    this.flushing = undefined;
  }

  private async writeQueue(): Promise<boolean> {
    const batch = this.queue;
    if (batch.length === 0) return true;
    this.queue = [];
    this.cancelSoon?.();
    this.cancelSoon = undefined;
    try {
      if (this.torn) await this.handle.truncate(this.goodBytes);
      this.torn = false;
      this.goodBytes += await writeDurably(this.handle, batch.map((entry) => entry.line).join(''), this.goodBytes);
    } catch (cause) {
      this.torn = true;
      this.queue = [...batch.filter((entry) => entry.keep), ...this.queue];
      for (const entry of batch) if (!entry.keep) entry.reject(cause);
      return this.retryLater();
    }
    for (const entry of batch) entry.resolve();
    return true;
  }

  /** Nothing tells that a disk has room again, so a timer asks. */
  private retryLater(): boolean {
    if (this.queue.some((entry) => !entry.keep)) return true;
    this.cancelRetry?.();
    this.cancelRetry = this.queue.length === 0 ? undefined : this.options.clock.setTimer(() => this.flush(), retryAfterMs);
    return false;
  }

  private async writeSnapshot(snapshot: () => Iterable<object | string>): Promise<void> {
    this.snapshot = undefined;
    const { path } = this.options;
    const text = [...snapshot()].map(encodeLine).join('');
    let fresh: AppendHandle | undefined;
    try {
      fresh = await openHandle(this.options, `${path}.new`, 'w+');
      const bytes = await writeDurably(fresh, text, 0);
      await rename(`${path}.new`, path);
      [this.handle, fresh, this.goodBytes, this.torn] = [fresh, this.handle, bytes, false];
      await syncFolder(path);
    } catch {
      // The old content stays, and the caller asks again when the file has grown further.
      await rm(`${path}.new`, { force: true }).catch(ignore);
    }
    await fresh?.close().catch(ignore);
  }
}

const writeDurably = async (handle: AppendHandle, text: string, position: number): Promise<number> => {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
  await handle.datasync();
  return bytes.length;
};

const openHandle = (options: AppendFileOptions, path: string, flags: string): Promise<AppendHandle> =>
  options.openHandle?.(path, flags) ?? open(path, flags, 0o600);

/** A new or renamed file is there after a power failure only if its folder was synced as well. */
export const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};
