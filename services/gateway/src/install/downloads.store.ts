import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file as it is now, and a name for just these bytes. */
export interface Download {
  readonly bytes: Buffer;
  readonly etag: string;
}

/**
 * The folders of what hosts download.
 * Promises: what is in the first of them that has it now is what is answered; a file is read once for as long as it stays the same, however many hosts ask at once.
 * Does not: look at names; whoever asks gives those that it knows.
 */
export class DownloadsStore {
  private readonly kept = new Map<string, { readonly version: string; readonly download: Promise<Download> }>();

  constructor(private readonly folders: readonly string[]) {}

  /** Undefined where there is no such file. */
  async find(name: string): Promise<Download | undefined> {
    for (const folder of this.folders) {
      const download = await this.findIn(folder, name);
      if (download !== undefined) return download;
    }
    return undefined;
  }

  private async findIn(folder: string, name: string): Promise<Download | undefined> {
    const path = join(folder, name);
    const { ino, size, mtimeMs } = (await stat(path).catch(ifAbsent)) ?? {};
    if (ino === undefined) return undefined;
    const version = `${ino} ${size} ${mtimeMs}`;
    const kept = this.kept.get(path);
    if (kept?.version === version) return kept.download;
    const download = readFile(path).then(downloadOf);
    this.kept.set(path, { version, download });
    // A failed read is not kept.
    download.catch(() => this.kept.delete(path));
    return download;
  }
}

export const downloadOf = (bytes: Buffer): Download => ({ bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` });

const ifAbsent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
};
