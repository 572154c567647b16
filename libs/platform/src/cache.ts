/**
 * A cache that may be away at any moment. Nothing here throws or takes long: a failed operation says so in its answer, and the caller goes on
 * without. An abstract class, because it is its own injection token.
 */
export abstract class Cache {
  /** Whether it makes sense to ask now; an answer may still fail. */
  abstract readonly available: boolean;

  /** The values in the order of the keys, read at one instant; undefined if they could not be read. */
  abstract getMany(keys: readonly string[]): Promise<(string | undefined)[] | undefined>;

  /** The value, or undefined if there is none or it could not be read. */
  async get(key: string): Promise<string | undefined> {
    return (await this.getMany([key]))?.[0];
  }

  /** False: not known to be stored. It may be stored even so, now or a little later, but once at most. */
  abstract set(key: string, value: string, ttlSeconds: number): Promise<boolean>;

  /** False: not known to be deleted. */
  abstract del(key: string): Promise<boolean>;

  /** Called whenever the connection was lost, before it is used again: what the cache holds may be older than what was last seen of it. */
  abstract onInterruption(listener: () => void): void;

  abstract close(): Promise<void>;
}

/** For services that run without Redis. */
export class NoCache extends Cache {
  readonly available = false;

  async getMany(): Promise<undefined> {
    return undefined;
  }

  /** True: it is dropped at once, as any cache may do, and so nobody can be served what it replaces. */
  async set(): Promise<boolean> {
    return true;
  }

  async del(): Promise<boolean> {
    return true;
  }

  onInterruption(): void {
    // It never begins, so it is never interrupted.
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
