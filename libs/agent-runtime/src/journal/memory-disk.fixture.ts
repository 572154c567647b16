import type { AppendHandle } from './append-file.js';

/** One file whose disk can be full, and which counts its syncs. */
export class MemoryDisk {
  bytes = Buffer.alloc(0);
  syncs = 0;
  /** How many bytes the file may have. */
  room = Infinity;

  readonly handle = {
    write: (buffer: Buffer, offset: number, length: number, position: number) => {
      const fits = Math.min(length, this.room - position);
      if (fits <= 0) return Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
      const grown = Buffer.alloc(Math.max(this.bytes.length, position + fits));
      this.bytes.copy(grown);
      buffer.copy(grown, position, offset, offset + fits);
      this.bytes = grown;
      return Promise.resolve({ bytesWritten: fits, buffer });
    },
    datasync: () => {
      this.syncs += 1;
      return Promise.resolve();
    },
    truncate: (length: number) => {
      this.bytes = this.bytes.subarray(0, length);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  } as unknown as AppendHandle;
}
