import { Redis } from 'ioredis';
import { Counter } from 'prom-client';
import { Cache } from './cache.js';
import type { Clock } from './clock.js';
import type { Log } from './log.js';

export interface RedisCacheOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
}

const COMMAND_TIMEOUT_MS = 50;
const CONNECT_TIMEOUT_MS = 2_000;
/** A server that is stopped keeps its sockets open; this notices, so that a new connection is tried. */
const SILENT_SOCKET_MS = 2_000;
const LONGEST_RECONNECT_MS = 2_000;
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
    this.redis = new Redis(options.url, {
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENT_SOCKET_MS,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_RECONNECT_MS) * (0.75 + Math.random() / 2),
    });
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
    this.options.log.warn({ error }, 'cache is away, reads go to the database');
  }
}
