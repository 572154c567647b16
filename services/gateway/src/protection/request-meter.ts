import { LRUCache } from 'lru-cache';

/**
 * Counts requests by key, `points` in each window, so cheaply that it can be done for every one of them.
 *
 * How: each replica counts in its memory and, after each lot of a fiftieth of the points, adds the lot to a count that all replicas share and
 * takes that count for its own. Nothing waits for the shared count.
 * Promises: alone, exactly the points of a window pass. With n replicas on one shared count no more than the points, a lot for each replica, and what arrives
 * while a lot is under way (no more than one a key and replica); no replica refuses before the points are used up. Without the shared count each
 * replica allows the points by itself. Memory is bounded: beyond `maxKeys` those unused for longest begin anew.
 * Does not promise: evenness. All points of a window may go at once, and those of the next directly after.
 */
export interface MeterOptions {
  readonly points: number;
  readonly windowMs: number;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** Adds to the shared count; undefined where it is away. Must not reject. */
  readonly share?: (key: string, points: number) => Promise<SharedCount | undefined>;
  readonly maxKeys?: number;
}

export interface SharedCount {
  /** Of all replicas in the shared window, with what was just added. */
  readonly points: number;
  readonly endsInMs: number;
}

export interface Spent {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Until the window's end. */
  readonly resetMs: number;
}

interface Account {
  endsAtMs: number;
  used: number;
  /** Not in the shared count yet. */
  own: number;
  sharing: boolean;
}

const LOTS_PER_WINDOW = 50;
const MAX_KEYS = 50_000;

export class RequestMeter {
  private readonly accounts: LRUCache<string, Account>;
  private readonly lot: number;

  constructor(private readonly options: MeterOptions) {
    this.accounts = new LRUCache({ max: options.maxKeys ?? MAX_KEYS });
    this.lot = Math.max(1, Math.ceil(options.points / LOTS_PER_WINDOW));
  }

  spend(key: string): Spent {
    const nowMs = this.options.nowMs();
    const account = this.accountOf(key, nowMs);
    if (account.used >= this.options.points) return this.tell(account, false, nowMs);
    account.used++;
    account.own++;
    if (account.own >= this.lot) this.share(key, account);
    return this.tell(account, true, nowMs);
  }

  /** Whether the key has points left, spending none. */
  look(key: string): Spent {
    const nowMs = this.options.nowMs();
    const account = this.accounts.get(key);
    if (account === undefined || nowMs >= account.endsAtMs || account.used < this.options.points) return free;
    return this.tell(account, false, nowMs);
  }

  private accountOf(key: string, nowMs: number): Account {
    const known = this.accounts.get(key);
    if (known !== undefined && nowMs < known.endsAtMs) return known;
    const fresh: Account = { endsAtMs: nowMs + this.options.windowMs, used: 0, own: 0, sharing: false };
    this.accounts.set(key, fresh);
    return fresh;
  }

  private share(key: string, account: Account): void {
    const { share, nowMs } = this.options;
    if (share === undefined || account.sharing) return;
    const points = account.own;
    account.own = 0;
    account.sharing = true;
    void share(key, points).then((count) => {
      account.sharing = false;
      if (count === undefined) return;
      account.used = count.points + account.own;
      account.endsAtMs = nowMs() + count.endsInMs;
    });
  }

  private tell({ used, endsAtMs }: Account, allowed: boolean, nowMs: number): Spent {
    return { allowed, remaining: Math.max(0, this.options.points - used), resetMs: Math.max(0, endsAtMs - nowMs) };
  }
}

const free: Spent = { allowed: true, remaining: 0, resetMs: 0 };
