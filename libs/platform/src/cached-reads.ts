import { randomBytes } from 'node:crypto';
import { Counter } from 'prom-client';
import type { Cache } from './cache.js';
import type { CancelTimer, Clock } from './clock.js';

/** Far longer than any value's life; a token that expired or was evicted costs a miss, never a wrong answer. */
const TOKEN_TTL_SECONDS = 86_400;
const LARGEST_VALUE_LENGTH = 1024 * 1024;
const BUMP_AGAIN_MS = 1_000;
const GENERATION_KEY = 'klevr:cache:generation';

const reads = new Counter({ name: 'klevr_cache_reads_total', help: 'Cached reads by outcome', labelNames: ['outcome'] });

interface Tokens {
  readonly generation: string;
  readonly version: string;
}

/**
 * Reads through the cache, invalidated by events.
 *
 * How: each namespace has a version and all share a generation, both random and never reused, kept in the cache. A value is stored with the two
 * that were current *before* it was loaded, and is served only while both are current still. Invalidating sets a new version.
 *
 * Promises, given that the writer commits first and then awaits `invalidate`:
 * - Once that returned true, no replica serves what was loaded before the commit, however readers and writers race.
 * - Once it returned at all, this replica does not either. If it could not reach the cache, this replica goes without the cache until it set a new
 *   generation, which voids every value for everyone; it keeps trying each second.
 * - After any loss of the connection a replica sets a new generation before it uses the cache again. So values that a restarted or failed-over
 *   Redis brought back from the past are void.
 * - With the cache away, slow or full of nonsense every read still answers, from `load`. Only what `load` throws comes out.
 * Does not promise: freshness on *other* replicas while this one cannot reach a cache that they can (or dies before it could); then they may
 * serve the old value until its `ttlSeconds` end. Concurrent misses of one key are not joined: each loads.
 */
export class CachedReads {
  private stale = true;
  private closed = false;
  private interruptions = 0;
  private bumping: Promise<boolean> | undefined;
  private cancelRetry: CancelTimer = () => undefined;

  constructor(
    private readonly cache: Cache,
    private readonly clock: Clock,
  ) {
    cache.onInterruption(() => this.distrust());
  }

  /** `parse` checks what comes from the cache (a zod schema's parse, say); if it throws, that counts as a miss. */
  async read<T>(namespace: string, key: string, ttlSeconds: number, load: () => Promise<T>, parse: (value: unknown) => T): Promise<T> {
    const versionKey = versionKeyOf(namespace);
    const valueKey = `klevr:cache:value:${namespace}:${key}`;
    const found = (await this.trusted()) ? await this.cache.getMany([GENERATION_KEY, versionKey, valueKey]) : undefined;
    if (!found) return this.count('bypass', load());
    const [generation, version, stored] = found;
    if (generation !== undefined && version !== undefined && stored !== undefined) {
      const hit = opened(stored, { generation, version }, parse);
      if (hit) return this.count('hit', hit.value);
    }
    const tokens = await this.completed(versionKey, generation, version);
    const value = await this.count('miss', load());
    if (tokens) await this.store(valueKey, value, tokens, ttlSeconds);
    return value;
  }

  /**
   * The version that a namespace has now, for a caller that keeps values in its own memory: what was loaded after one was answered may be served
   * while the same is answered. Undefined while the cache cannot be trusted; then nothing kept may be served, and nothing kept.
   */
  async version(namespace: string): Promise<string | undefined> {
    const versionKey = versionKeyOf(namespace);
    const found = (await this.trusted()) ? await this.cache.getMany([GENERATION_KEY, versionKey]) : undefined;
    const tokens = found && (await this.completed(versionKey, found[0], found[1]));
    return tokens && `${tokens.generation}/${tokens.version}`;
  }

  /** Call after the commit. True: no replica serves older values any more. */
  async invalidate(namespace: string): Promise<boolean> {
    const done = await this.cache.set(versionKeyOf(namespace), newToken(), TOKEN_TTL_SECONDS);
    if (done) return true;
    this.distrust();
    return this.trusted();
  }

  close(): void {
    this.closed = true;
    this.cancelRetry();
  }

  private distrust(): void {
    this.stale = true;
    this.interruptions++;
    this.retryLater();
  }

  /** True once this replica knows that nothing older than its last interruption can be served. */
  private async trusted(): Promise<boolean> {
    if (!this.stale) return true;
    if (!this.cache.available) return false;
    this.bumping ??= this.bump().finally(() => (this.bumping = undefined));
    return this.bumping;
  }

  private async bump(): Promise<boolean> {
    const before = this.interruptions;
    const done = await this.cache.set(GENERATION_KEY, newToken(), TOKEN_TTL_SECONDS);
    if (!done || this.interruptions !== before) return false;
    this.stale = false;
    this.cancelRetry();
    return true;
  }

  /** Other replicas may be serving what this one failed to invalidate, so it does not wait for a read of its own. */
  private retryLater(): void {
    this.cancelRetry();
    if (this.closed) return;
    this.cancelRetry = this.clock.setTimer(() => {
      void this.trusted().then((trusted) => {
        if (!trusted) this.retryLater();
      });
    }, BUMP_AGAIN_MS);
  }

  /** The current tokens, made where missing; undefined if that failed, and then nothing may be stored. */
  private async completed(versionKey: string, generation: string | undefined, version: string | undefined): Promise<Tokens | undefined> {
    const tokens = { generation: generation ?? newToken(), version: version ?? newToken() };
    if (generation === undefined && !(await this.cache.set(GENERATION_KEY, tokens.generation, TOKEN_TTL_SECONDS))) return undefined;
    if (version === undefined && !(await this.cache.set(versionKey, tokens.version, TOKEN_TTL_SECONDS))) return undefined;
    return tokens;
  }

  private async store(valueKey: string, value: unknown, { generation, version }: Tokens, ttlSeconds: number): Promise<void> {
    const text = textOf([generation, version, value]);
    if (text !== undefined && text.length <= LARGEST_VALUE_LENGTH) await this.cache.set(valueKey, text, ttlSeconds);
  }

  private async count<T>(outcome: 'hit' | 'miss' | 'bypass', value: T | Promise<T>): Promise<T> {
    reads.inc({ outcome });
    return value;
  }
}

const newToken = (): string => randomBytes(12).toString('base64url');

const versionKeyOf = (namespace: string): string => `klevr:cache:version:${namespace}`;

/** Undefined for what JSON cannot hold, which is then not cached. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function opened<T>(text: string, current: Tokens, parse: (value: unknown) => T): { value: T } | undefined {
  try {
    const stored: unknown = JSON.parse(text);
    if (!Array.isArray(stored) || stored[0] !== current.generation || stored[1] !== current.version) return undefined;
    return { value: parse(stored[2]) };
  } catch {
    return undefined;
  }
}
