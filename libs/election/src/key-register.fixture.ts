import type { PrimaryKey } from '@klevr/contracts/presence';
import type { WriteResult } from './settlement-types.js';

/** One compare-and-set register whose revisions rise for ever, as a key of the bucket is. It remembers what each revision said. */
export class KeyRegister {
  revision = 0;
  key: PrimaryKey | null = null;
  writes = 0;
  readonly history = new Map<number, PrimaryKey | null>();
  private sequence = 1_000;

  put(key: PrimaryKey | null, expected: number): WriteResult {
    if (this.revision !== expected) return { outcome: 'conflict' };
    this.revision = ++this.sequence;
    this.key = key;
    this.writes++;
    this.history.set(this.revision, key);
    return { outcome: 'written', revision: this.revision };
  }

  /** The key goes without a word; the next revision is still a higher one. */
  purge(): void {
    this.revision = 0;
    this.key = null;
  }
}
