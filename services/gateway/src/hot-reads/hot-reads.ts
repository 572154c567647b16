import { LRUCache } from 'lru-cache';
import type { Principal } from '../auth/principal.js';

export interface HotAnswer {
  /** A short one as text, which goes out with its header in one piece. */
  readonly body: Buffer | string;
  readonly etag: string | undefined;
}

interface Kept extends HotAnswer {
  readonly principal: Principal;
  readonly generation: number;
}

const longestMs = 1_000;
const largestBody = 512 * 1024;
const mostBytes = 64 * 1024 * 1024;

/**
 * Answers to reads of zones and hosts, as they were just given to the same caller.
 *
 * Promises: an answer is given again only to whom it was given, with the rights that they had (whoever signs in again, or has other rights, is
 * another `Principal`), only while nothing was said to have changed since before it was read (`generation`), and for a second at most. Bounded:
 * 64 MiB, the ones not used for longest leave first.
 * Does not: hear of changes; see HotSignals.
 */
export class HotReads {
  private readonly answers: LRUCache<string, Kept>;
  private current = 0;
  private trusted = false;

  constructor(clock: { monotonicMs(): number }) {
    this.answers = new LRUCache<string, Kept>({
      maxSize: mostBytes,
      maxEntrySize: largestBody,
      // The address as well: its length is up to the caller, however short the answer is.
      sizeCalculation: ({ body }, key) => body.length + key.length + 200,
      ttl: longestMs,
      ttlResolution: 0,
      perf: { now: () => clock.monotonicMs() },
    });
  }

  /** To be taken before a read begins. Undefined while changes would not be heard of: then nothing may be kept. */
  get generation(): number | undefined {
    return this.trusted ? this.current : undefined;
  }

  find(principal: Principal, url: string): HotAnswer | undefined {
    const kept = this.answers.get(`${principal.id} ${url}`);
    return kept?.principal === principal && kept.generation === this.generation ? kept : undefined;
  }

  keep(principal: Principal, url: string, answer: HotAnswer, generation: number): void {
    if (generation === this.generation) this.answers.set(`${principal.id} ${url}`, { ...answer, principal, generation });
  }

  /** Something has changed: what was read before is old. */
  changed(): void {
    this.current += 1;
  }

  /** Whether changes are heard of; while they are not, nothing is served. */
  trust(heard: boolean): void {
    this.trusted = heard;
    this.changed();
  }
}
