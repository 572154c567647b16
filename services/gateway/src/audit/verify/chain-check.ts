import type { ChainedEntry, ChainPlace } from '../audit-entry.js';
import type { SignedPlace } from '../audit-keys.js';
import { hashAfter } from '../chain.js';

/** What is wrong, and the number of the first entry that it concerns. */
export interface ChainFault {
  readonly seq: number;
  readonly message: string;
}

/**
 * Walks along a chain, entry by entry, and stops at the first fault. Heads that were signed earlier have to lie on it: so a chain that was cut at its
 * end, or worked out anew from some entry on, is noticed from the first of them on that it does not have any more.
 */
export class ChainCheck {
  private place: ChainPlace;
  private readonly headsBySeq = new Map<number, SignedPlace[]>();
  /** Heads that the chain has. */
  matching = 0;

  constructor(
    readonly start: ChainPlace,
    private readonly heads: readonly SignedPlace[],
  ) {
    this.place = start;
    for (const head of heads) this.headsBySeq.set(head.seq, [...(this.headsBySeq.get(head.seq) ?? []), head]);
  }

  get last(): ChainPlace {
    return this.place;
  }

  /** Heads from before the part that is there. */
  get tooOld(): number {
    return this.heads.filter(({ seq }) => seq < this.start.seq).length;
  }

  begin(): ChainFault | undefined {
    return this.otherThanHead(this.start);
  }

  take(entry: ChainedEntry): ChainFault | undefined {
    const seq = this.place.seq + 1;
    if (entry.seq > seq) return { seq, message: `it is missing; the next one that is there is ${entry.seq}` };
    if (entry.seq < seq) return { seq: entry.seq, message: 'it stands at another place than its own' };
    if (hashAfter(this.place, entry, seq) !== entry.hash)
      return { seq, message: 'it is not what was written, or not what follows the one before' };
    this.place = { seq, hash: entry.hash };
    return this.otherThanHead(this.place);
  }

  /** `head`: where the chain says that it ends. */
  end(head: ChainPlace): ChainFault | undefined {
    const { seq, hash } = this.place;
    if (head.seq > seq) return { seq: seq + 1, message: `it is missing, and all up to ${head.seq}, where the chain is said to end` };
    if (head.seq < seq) return { seq: head.seq + 1, message: 'it lies behind the place where the chain is said to end' };
    if (head.hash !== hash) return { seq, message: 'its hash is not the one that the chain is said to end with' };
    const later = this.heads.filter((one) => one.seq > seq).sort((a, b) => a.seq - b.seq)[0];
    return later && { seq: seq + 1, message: `it is missing: the head that was signed at ${later.at} had entries up to ${later.seq}` };
  }

  private otherThanHead(place: ChainPlace): ChainFault | undefined {
    for (const head of this.headsBySeq.get(place.seq) ?? []) {
      if (head.hash !== place.hash)
        return {
          seq: place.seq,
          message: `it is not the one of the head that was signed at ${head.at}: this or an earlier one was written anew`,
        };
      this.matching++;
    }
    return undefined;
  }
}

export interface Verified {
  readonly entries: number;
  readonly first: number;
  readonly last: ChainPlace;
  /** Heads that were given and lie on the chain, and those that are older than it. */
  readonly heads: { readonly matching: number; readonly tooOld: number };
}

export const verifiedBy = (check: ChainCheck): Verified => ({
  entries: check.last.seq - check.start.seq,
  first: check.start.seq + 1,
  last: check.last,
  heads: { matching: check.matching, tooOld: check.tooOld },
});
