import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readSync, unlinkSync, writeFileSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The private folder of one attempt: scripts, parameters, secrets, outputs.
 * Promises: only the agent's user can read it; its few small files are written and removed in one go, which is quicker than a way through the thread pool. Does not: survive
 * the end of the attempt.
 */
export const maxInlineOutputBytes = 65_536;

export class RunFolder {
  private readonly files = new Set<string>();

  private constructor(readonly path: string) {}

  static make(root: string, name: string): RunFolder {
    const path = join(root, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return new RunFolder(path);
  }

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    writeFileSync(path, content, { mode: 0o600 });
    this.files.add(path);
    return path;
  }

  /** The path of a file that a script may make; to make it for the script would cost as much as all else of a short step's files. */
  pathOf(name: string): string {
    const path = join(this.path, name);
    this.files.add(path);
    return path;
  }

  /** What was written to it goes at once; the removal of a folder takes a disk long enough to let others have their turn. */
  async remove(): Promise<void> {
    try {
      for (const path of this.files) if (existsSync(path)) unlinkSync(path);
      await rmdir(this.path);
    } catch {
      // The scripts left something in it, or took something away.
      await rm(this.path, { recursive: true, force: true });
    }
  }
}

/** What a step wrote, as bytes, at most `maxBytes`; undefined where it is no file: a script may have taken it away, or put something there that blocks. */
export const outputBytes = (path: string, maxBytes: number): Buffer | undefined => {
  try {
    const found = lstatSync(path);
    if (!found.isFile()) return undefined;
    if (found.size === 0) return Buffer.alloc(0);
    const fd = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(Math.min(found.size, maxBytes));
      return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
};

/** A decoder that is told that more may follow keeps a torn last character back. */
export const inlineText = (bytes: Uint8Array): string =>
  new TextDecoder().decode(bytes.subarray(0, maxInlineOutputBytes), { stream: bytes.length >= maxInlineOutputBytes });
