import type { Principal } from './principal.js';

interface Entry {
  readonly principal: Principal;
  readonly verifiedAtMs: number;
}

/**
 * Callers that were just verified, so that a busy caller costs one look into the database every few seconds.
 *
 * Promises: an entry is believed for `maxAgeMs` after it was read and never past its end; concurrent look-ups of one token are one;
 * a forgotten token is unknown at once here, even if a look-up of it is under way; bounded, the oldest leave first.
 * Does not promise: to hear by itself of what changed at other replicas before `maxAgeMs`.
 */
export class PrincipalCache {
  private readonly entries = new Map<string, Entry>();
  private readonly lookups = new Map<string, Promise<Principal | undefined>>();

  constructor(
    private readonly maxAgeMs: number,
    private readonly maxEntries: number,
  ) {}

  find(hash: string, nowMs: number): Principal | undefined {
    const entry = this.entries.get(hash);
    if (!entry) return undefined;
    const ageMs = nowMs - entry.verifiedAtMs;
    // A clock that was set back makes every age negative; such an entry is not believed either.
    if (ageMs >= 0 && ageMs < this.maxAgeMs && nowMs < entry.principal.expiresAtMs) return entry.principal;
    this.entries.delete(hash);
    return undefined;
  }

  /** `read` is called once for all that wait for this token now. */
  async load(hash: string, nowMs: number, read: () => Promise<Principal | undefined>): Promise<Principal | undefined> {
    const under = this.lookups.get(hash);
    if (under) return under;
    const lookup = read();
    this.lookups.set(hash, lookup);
    try {
      const principal = await lookup;
      if (principal && this.lookups.get(hash) === lookup) this.keep(hash, { principal, verifiedAtMs: nowMs });
      return principal;
    } finally {
      if (this.lookups.get(hash) === lookup) this.lookups.delete(hash);
    }
  }

  forget(hash: string): void {
    this.entries.delete(hash);
    this.lookups.delete(hash);
  }

  /** Of all that match, also of those that are being looked up, whoever they turn out to be. */
  forgetWhere(matches: (principal: Principal) => boolean): void {
    for (const [hash, { principal }] of this.entries) if (matches(principal)) this.entries.delete(hash);
    this.lookups.clear();
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
