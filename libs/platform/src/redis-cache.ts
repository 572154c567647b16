import type { Redis } from 'ioredis';
import { Counter } from 'prom-client';
import { Cache } from './cache.js';
import type { Clock } from './clock.js';
import type { Log } from './log.js';
import { openRedis, type RedisAddress } from './redis-connection.js';
import { redisCureOf } from './tls-cures.js';

export interface RedisCacheOptions extends RedisAddress {
  readonly clock: Clock;
  readonly log: Log;
}

const FAILURES_UNTIL_PAUSE = 3;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

const failures = new Counter({
  name: 'klevr_cache_failures_total',
  help: 'Cache operations that failed or timed out',
  labelNames: ['operation'],
});

/**
 * Redis as a cache.
 *
 * Promises: an operation takes 50 ms at most and never throws. After three failures in a row none is tried for a while (0.25 s, doubling to 5 s;
 * then a single one finds out), so a slow Redis costs a few reads their 50 ms, not every read. Nothing is queued while the connection is away, and
 * no command is sent twice. It reconnects for ever, pausing 2 s at most. One log line when it goes away, one when it is back.
 * Does not promise: to hold anything.
 */
export class RedisCache extends Cache {
  private readonly redis: Redis;
  private readonly listeners: (() => void)[] = [];
  private failuresInRow = 0;
  private pausedUntilMs = 0;
  private announcedAway = false;

  constructor(private readonly options: RedisCacheOptions) {
    super();
    this.redis = openRedis(options);
    this.redis.on('error', (error: unknown) => this.announceAway(error));
    this.redis.on('close', () => {
      this.announceAway(new Error('the connection was closed'));
      for (const listener of this.listeners) listener();
    });
    this.redis.on('ready', () => this.recovered());
  }

  get available(): boolean {
    return this.redis.status === 'ready' && this.options.clock.monotonicMs() >= this.pausedUntilMs;
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[] | undefined> {
    const values = await this.attempt('get', () => this.redis.mget([...keys]));
    return values?.map((value) => value ?? undefined);
  }

  async set(key: string, value: string, ttlSeconds: number): Promise<boolean> {
    return (await this.attempt('set', () => this.redis.set(key, value, 'EX', ttlSeconds))) === 'OK';
  }

  async del(key: string): Promise<boolean> {
    return (await this.attempt('del', () => this.redis.del(key))) !== undefined;
  }

  onInterruption(listener: () => void): void {
    this.listeners.push(listener);
  }

  async close(): Promise<void> {
    this.announcedAway = true;
    this.redis.disconnect();
  }

  private async attempt<T>(operation: string, command: () => Promise<T>): Promise<T | undefined> {
    if (!this.available) return undefined;
    // While it is being found out whether a pause can end, everyone else keeps pausing.
    if (this.failuresInRow >= FAILURES_UNTIL_PAUSE) this.pause();
    try {
      const answer = await command();
      if (this.failuresInRow > 0) this.recovered();
      return answer;
    } catch (error) {
      failures.inc({ operation });
      this.failuresInRow++;
      if (this.failuresInRow >= FAILURES_UNTIL_PAUSE) {
        this.pause();
        this.announceAway(error);
      }
      return undefined;
    }
  }

  private pause(): void {
    const doublings = Math.min(this.failuresInRow - FAILURES_UNTIL_PAUSE, 10);
    this.pausedUntilMs = this.options.clock.monotonicMs() + Math.min(FIRST_PAUSE_MS * 2 ** doublings, LONGEST_PAUSE_MS);
  }

  private recovered(): void {
    this.failuresInRow = 0;
    this.pausedUntilMs = 0;
    if (this.announcedAway) this.options.log.info({}, 'cache is back');
    this.announcedAway = false;
  }

  private announceAway(error: unknown): void {
    if (this.announcedAway) return;
    this.announcedAway = true;
    this.options.log.warn({ error, cure: redisCureOf(error) }, 'cache is away, reads go to the database');
  }
}
