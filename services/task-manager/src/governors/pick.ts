import type { Claimant, Room } from './room.js';

/**
 * Which of a zone's due runs go next where some hosts or keys are full.
 * Promises: in the order of the queue, passing by whoever's host or key is full, until nothing is free or nobody is left who could go. A page of
 * which nobody can go has taught the room another full key, which the next page passes by. What it answers fits together into the room.
 * Does not: read without end; after `pagesAtMost` it stops, and says that there may be more.
 */
export interface Candidate extends Claimant {
  readonly id: string;
  readonly priority: number;
}

export interface PageOfQueue {
  readonly without: { readonly hosts: readonly string[]; readonly keys: readonly string[] };
  /** The last one that was looked at. */
  readonly after: Candidate | undefined;
  readonly limit: number;
}

export interface Picked {
  readonly ids: readonly string[];
  readonly more: boolean;
}

export const pagesAtMost = 20;

export const pickRuns = async (
  room: Room,
  limit: number,
  readPage: (page: PageOfQueue) => Promise<readonly Candidate[]>,
  learn: (candidates: readonly Candidate[]) => Promise<void>,
): Promise<Picked> => {
  const ids: string[] = [];
  let after: Candidate | undefined;
  for (let pages = 0; pages < pagesAtMost; pages++) {
    const page = await readPage({ without: { hosts: room.fullHosts(), keys: room.fullKeys() }, after, limit });
    await learn(page);
    for (const candidate of page) {
      if (room.free === 0 || ids.length >= limit) return { ids, more: room.free > 0 };
      if (room.whyFull(candidate) !== null) continue;
      room.take(candidate);
      ids.push(candidate.id);
    }
    if (page.length < limit) return { ids, more: false };
    after = page.at(-1);
  }
  return { ids, more: true };
};
