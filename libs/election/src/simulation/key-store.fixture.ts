import type { PrimaryKey } from '@klevr/contracts/presence';
import type { WriteResult } from '../settlement-types.js';
import type { VirtualTime } from './virtual-time.fixture.js';

/**
 * The bucket with the key of one zone: a compare-and-set register whose revisions rise while the bucket stands. It can be deleted, purged, and
 * without a quorum. It keeps who was appointed under which epoch, whatever becomes of the bucket.
 */
export class KeyStore {
  exists = false;
  hasQuorum = true;
  revision = 0;
  key: PrimaryKey | null = null;
  writes = 0;
  readonly terms = new Map<number, { readonly agentId: string; readonly session: string }>();
  /** By epoch: when the key was last written for its ready holder. */
  readonly signedAtMs = new Map<number, number>();
  readonly faults: string[] = [];
  highestEpoch = 0;
  private sequence = 0;

  constructor(private readonly time: VirtualTime) {}

  make(firstSequence: number): void {
    this.exists = true;
    this.revision = 0;
    this.key = null;
    this.sequence = Math.floor(firstSequence) - 1;
  }

  delete(): void {
    this.exists = false;
  }

  /** Goes without a word; the next revision is still a higher one. */
  purge(): void {
    this.revision = 0;
    this.key = null;
  }

  put(key: PrimaryKey | null, expectedRevision: number): WriteResult {
    if (!this.exists) return { outcome: 'unknown' };
    if (this.revision !== expectedRevision) return { outcome: 'conflict' };
    this.revision = ++this.sequence;
    this.key = key;
    this.writes++;
    if (key !== null) this.judge(key);
    return { outcome: 'written', revision: this.revision };
  }

  /** An epoch has one holder for ever, and no epoch is below an earlier one. */
  private judge({ epoch, agentId, session }: PrimaryKey): void {
    if (epoch === null) {
      if (this.revision <= this.highestEpoch) this.faults.push(`epoch ${this.revision} after ${this.highestEpoch}`);
      this.highestEpoch = Math.max(this.highestEpoch, this.revision);
      this.terms.set(this.revision, { agentId, session });
      return;
    }
    this.signedAtMs.set(epoch, this.time.nowMs);
    const term = this.terms.get(epoch);
    if (term?.agentId !== agentId || term.session !== session) {
      this.faults.push(`the key gives epoch ${epoch} of ${term?.agentId} ${term?.session} to ${agentId} ${session}`);
    }
    if (epoch < this.highestEpoch) this.faults.push(`the key goes back to epoch ${epoch} after ${this.highestEpoch}`);
  }
}
