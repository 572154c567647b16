import type { KnownAttempt } from '@klevr/contracts/presence';
import { attemptStates, type AttemptEntry } from './journal-record.js';

/**
 * Every attempt that this agent knows: what protects against starting one twice.
 * Promises: an entry never goes back to an earlier state, whatever order its records are read in; entries are dropped only after the command can no
 * longer be valid anywhere. Does not: touch the disk.
 */
export interface AttemptKey {
  readonly runId: string;
  readonly attempt: number;
}

/** How much longer than its command's not-after an entry is kept, for clocks that differ. */
const keptAfterMs = 60_000;

export const keyOf = ({ runId, attempt }: AttemptKey): string => `${runId}/${attempt}`;
const rank = (entry: AttemptEntry): number => attemptStates.indexOf(entry.state) * 2 + (entry.settled ? 1 : 0);

export class AttemptLedger {
  private readonly entries = new Map<string, AttemptEntry>();

  find(key: AttemptKey): AttemptEntry | undefined {
    return this.entries.get(keyOf(key));
  }

  /** Answers false where a later state is known already. */
  put(entry: AttemptEntry): boolean {
    const known = this.entries.get(keyOf(entry));
    if (known !== undefined && rank(known) > rank(entry)) return false;
    this.entries.set(keyOf(entry), entry);
    return true;
  }

  /** Answers the entry where it was not settled before. */
  settle(key: AttemptKey): AttemptEntry | undefined {
    const entry = this.find(key);
    if (entry === undefined || entry.settled) return undefined;
    const settled = { ...entry, settled: true };
    this.entries.set(keyOf(key), settled);
    return settled;
  }

  all(): Iterable<AttemptEntry> {
    return this.entries.values();
  }

  get size(): number {
    return this.entries.size;
  }

  withState(state: AttemptEntry['state']): AttemptEntry[] {
    return [...this.entries.values()].filter((entry) => entry.state === state);
  }

  /** What hello tells, at most `limit`: unfinished ones first, since their fate depends on the answer. */
  known(limit: number): KnownAttempt[] {
    const open = [...this.entries.values()].filter((entry) => !entry.settled && entry.state !== 'refused');
    const unfinished = open.filter((entry) => entry.state !== 'finished');
    const finished = open.filter((entry) => entry.state === 'finished');
    return [...unfinished, ...finished].slice(0, limit).map(({ runId, attempt, state }) => ({
      runId,
      attempt,
      state: state === 'starting' ? 'running' : state === 'finished' ? 'finished' : 'accepted',
    }));
  }

  /** Drops what is settled and whose command has been void for a while. Answers how many. */
  prune(centreNowMs: number): number {
    const before = this.entries.size;
    for (const [key, entry] of this.entries) {
      if (entry.settled && entry.notAfterMs + keptAfterMs < centreNowMs) this.entries.delete(key);
    }
    return before - this.entries.size;
  }
}
