import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Cache, NoCache } from './cache.js';
import { CachedReads } from './cached-reads.js';
import { FakeClock } from './fake-clock.js';

/** The server: one map that all replicas' connections reach. Every command takes effect at one instant, somewhere before its answer. */
class FakeServer {
  values = new Map<string, string>();
}

class FakeConnection extends Cache {
  available = true;
  failing = false;
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly server: FakeServer,
    private readonly turn: () => Promise<unknown> = () => Promise.resolve(),
  ) {
    super();
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[] | undefined> {
    await this.turn();
    const values = keys.map((key) => this.server.values.get(key));
    await this.turn();
    return this.failing || !this.available ? undefined : values;
  }

  async set(key: string, value: string): Promise<boolean> {
    await this.turn();
    if (this.failing || !this.available) return false;
    this.server.values.set(key, value);
    await this.turn();
    return true;
  }

  async del(key: string): Promise<boolean> {
    this.server.values.delete(key);
    return true;
  }

  onInterruption(listener: () => void): void {
    this.listeners.push(listener);
  }

  interrupt(): void {
    for (const listener of this.listeners) listener();
  }

  async close(): Promise<void> {
    this.available = false;
  }
}

const asNumber = (value: unknown): number => {
  if (typeof value !== 'number') throw new TypeError('not a number');
  return value;
};

const setUp = () => {
  const server = new FakeServer();
  const clock = new FakeClock();
  const cache = new FakeConnection(server);
  const reads = new CachedReads(cache, clock);
  const load = jest.fn<() => Promise<number>>();
  const read = (key = 'k'): Promise<number> => reads.read('hosts', key, 60, load, asNumber);
  return { server, clock, cache, reads, load, read };
};

describe('CachedReads', () => {
  it('loads once and then serves from the cache, key by key', async () => {
    const { read, load } = setUp();
    load.mockResolvedValueOnce(1).mockResolvedValueOnce(2);
    expect([await read('a'), await read('a'), await read('b'), await read('b')]).toEqual([1, 1, 2, 2]);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('loads again after an invalidation of the namespace, not of another', async () => {
    const { read, load, reads } = setUp();
    load.mockResolvedValueOnce(1).mockResolvedValueOnce(2);
    await read();
    expect(await reads.invalidate('zones')).toBe(true);
    expect(await read()).toBe(1);
    expect(await reads.invalidate('hosts')).toBe(true);
    expect(await read()).toBe(2);
  });

  it('loads each time while the cache fails or is away, and passes the errors of load on', async () => {
    const { read, load, cache } = setUp();
    load.mockResolvedValueOnce(1).mockResolvedValueOnce(2).mockResolvedValueOnce(3).mockRejectedValueOnce(new Error('no database'));
    await read();
    cache.failing = true;
    expect(await read()).toBe(2);
    cache.available = false;
    expect(await read()).toBe(3);
    await expect(read()).rejects.toThrow('no database');
  });

  it('takes nonsense in the cache for a miss', async () => {
    const { read, load, server } = setUp();
    load.mockResolvedValueOnce(1).mockResolvedValueOnce(2).mockResolvedValueOnce(3);
    await read();
    server.values.set('klevr:cache:value:hosts:k', '{');
    expect(await read()).toBe(2);
    const stored = server.values.get('klevr:cache:value:hosts:k') ?? '';
    server.values.set('klevr:cache:value:hosts:k', stored.replace(/2\]$/, '"two"]'));
    expect(await read()).toBe(3);
  });

  it('does not serve what was cached before the connection was lost', async () => {
    const { read, load, cache, server } = setUp();
    load.mockResolvedValueOnce(1).mockResolvedValueOnce(2);
    await read();
    const past = new Map(server.values);
    await read();
    server.values = past;
    cache.interrupt();
    expect(await read()).toBe(2);
  });

  it('after a failed invalidation goes without the cache, and voids it for other replicas as soon as it can', async () => {
    const { read, load, cache, server, reads, clock } = setUp();
    const other = new CachedReads(new FakeConnection(server), clock);
    const readOther = (): Promise<number> => other.read('hosts', 'k', 60, load, asNumber);
    load.mockResolvedValueOnce(1).mockResolvedValueOnce(2).mockResolvedValueOnce(3);
    await readOther();
    cache.failing = true;
    expect(await reads.invalidate('hosts')).toBe(false);
    expect(await read()).toBe(2);
    expect(await readOther()).toBe(1);
    cache.failing = false;
    await clock.advanceAsync(1_000);
    expect(await readOther()).toBe(3);
    reads.close();
    other.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('works without a cache and sets no timer', async () => {
    const clock = new FakeClock();
    const reads = new CachedReads(new NoCache(), clock);
    expect(await reads.read('hosts', 'k', 60, () => Promise.resolve(4), asNumber)).toBe(4);
    expect(await reads.invalidate('hosts')).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('serves a value that JSON cannot hold without caching it', async () => {
    const { reads } = setUp();
    expect(
      await reads.read(
        'hosts',
        'k',
        60,
        () => Promise.resolve(1n),
        (value) => value as bigint,
      ),
    ).toBe(1n);
  });

  it('never serves what was loaded before a write whose invalidation is done, in any order of events', async () => {
    const step = fc.record({ replica: fc.nat(1), does: fc.constantFrom('read', 'read', 'write', 'interrupt', 'evict') });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { minLength: 2, maxLength: 14 }), async (scheduler, steps) => {
        const server = new FakeServer();
        const turn = (): Promise<unknown> => scheduler.schedule(Promise.resolve());
        const connections = [new FakeConnection(server, turn), new FakeConnection(server, turn)] as const;
        const replicas = connections.map((connection) => new CachedReads(connection, new FakeClock()));
        let truth = 0;
        let settled = 0;
        const stale: { served: number; atLeast: number }[] = [];
        const load = async (): Promise<number> => {
          await turn();
          const value = truth;
          await turn();
          return value;
        };
        const run = async ({ replica, does }: { replica: number; does: string }): Promise<void> => {
          const reads = replicas[replica];
          if (does === 'interrupt') connections[replica]?.interrupt();
          else if (does === 'evict') server.values.delete('klevr:cache:version:hosts');
          else if (does === 'write') {
            await turn();
            const written = ++truth;
            if ((await reads?.invalidate('hosts')) === true) settled = Math.max(settled, written);
          } else {
            const atLeast = settled;
            const served = (await reads?.read('hosts', 'k', 60, load, asNumber)) ?? -1;
            if (served < atLeast) stale.push({ served, atLeast });
          }
        };
        const tasks = steps.map(async (each) => {
          await turn();
          await run(each);
        });
        await scheduler.waitFor(Promise.all(tasks));
        // What a late reader stored must not be served afterwards.
        for (const replica of [0, 1]) await scheduler.waitFor(run({ replica, does: 'read' }));
        expect(stale).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
