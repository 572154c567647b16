import type { User } from './session-schemas.js';

export interface KnownSession {
  readonly user: User;
  readonly expiresAtMs: number;
}

interface Entry {
  readonly session: KnownSession;
  readonly verifiedAtMs: number;
}

/**
 * Sessions that were just verified, so that a busy caller costs one look into the database every few seconds.
 *
 * Promises: an entry is believed for `maxAgeMs` after it was read and never past the session's end; concurrent look-ups of one token are one;
 * a forgotten token is unknown at once here, even if a look-up of it is under way; bounded, the oldest leave first.
 * Does not promise: to hear of sign-outs at other replicas before `maxAgeMs`.
 */
export class SessionCache {
  private readonly entries = new Map<string, Entry>();
  private readonly lookups = new Map<string, Promise<KnownSession | undefined>>();

  constructor(
    private readonly maxAgeMs: number,
    private readonly maxEntries: number,
  ) {}

  find(hash: string, nowMs: number): KnownSession | undefined {
    const entry = this.entries.get(hash);
    if (!entry) return undefined;
    const ageMs = nowMs - entry.verifiedAtMs;
    // A clock that was set back makes every age negative; such an entry is not believed either.
    if (ageMs >= 0 && ageMs < this.maxAgeMs && nowMs < entry.session.expiresAtMs) return entry.session;
    this.entries.delete(hash);
    return undefined;
  }

  /** `read` is called once for all that wait for this token now. */
  async load(hash: string, nowMs: number, read: () => Promise<KnownSession | undefined>): Promise<KnownSession | undefined> {
    const under = this.lookups.get(hash);
    if (under) return under;
    const lookup = read();
    this.lookups.set(hash, lookup);
    try {
      const session = await lookup;
      if (session && this.lookups.get(hash) === lookup) this.keep(hash, { session, verifiedAtMs: nowMs });
      return session;
    } finally {
      if (this.lookups.get(hash) === lookup) this.lookups.delete(hash);
    }
  }

  forget(hash: string): void {
    this.entries.delete(hash);
    this.lookups.delete(hash);
  }

  get size(): number {
    return this.entries.size;
  }

  private keep(hash: string, entry: Entry): void {
    this.entries.delete(hash);
    this.entries.set(hash, entry);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.maxEntries) break;
      this.entries.delete(oldest);
    }
  }
}
