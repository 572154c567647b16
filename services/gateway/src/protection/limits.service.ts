import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { LRUCache } from 'lru-cache';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { LimitsRedis } from './limits-redis.client.js';
import { RequestMeter, type SharedCount } from './request-meter.js';

export interface LimitOptions {
  /** Of the keys in the store; one a limit. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
  /** Beyond the points nothing goes for so long; 0 waits for the window's end only. */
  readonly blockSeconds?: number;
  /** How many keys a replica counts by itself at most. */
  readonly keysInMemory?: number;
}

export interface Counted {
  /** In this window, what was just counted included. */
  readonly points: number;
  /** Nothing goes before; 0 where it may go on now. */
  readonly waitSeconds: number;
}

const KEYS_IN_MEMORY = 50_000;

/**
 * Counts what a key does in a time, for all replicas together where there is Redis.
 *
 * Promises: counting is one atomic step; a window begins with its first point. While Redis is away or slow (50 ms) this replica counts in its memory:
 * nobody waits, nobody gets an error, and limits hold at each replica by itself. Memory is bounded: of 50,000 keys, those unused for longest are forgotten.
 * Does not promise: that what was counted or blocked in Redis is known while it is away, nor the other way round; nor that a point which was being
 * counted when it went away is counted once.
 */
export class Limit {
  private readonly limiter: RateLimiterAbstract;
  private readonly memory: RateLimiterMemory;
  private readonly keys: LRUCache<string, true>;
  private readonly points: number;

  constructor({ name, points, seconds, blockSeconds = 0, keysInMemory = KEYS_IN_MEMORY }: LimitOptions, { connection }: LimitsRedis) {
    const rules = { keyPrefix: `klevr:limit:${name}`, points, duration: seconds, blockDuration: blockSeconds };
    this.points = points;
    this.memory = new RateLimiterMemory(rules);
    this.limiter =
      connection === undefined
        ? this.memory
        : new RateLimiterRedis({ ...rules, storeClient: connection, rejectIfRedisNotReady: true, insuranceLimiter: this.memory });
    this.keys = new LRUCache({ max: keysInMemory, dispose: (_value, key, reason) => reason === 'evict' && void this.memory.delete(key) });
  }

  /** Throws RATE_LIMITED with the time to wait. A window that begins by this may have another length than the limit's. */
  async consume(key: string, points = 1, seconds?: number): Promise<void> {
    this.keys.set(key, true);
    try {
      await this.limiter.consume(key, points, seconds === undefined ? {} : { customDuration: seconds });
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw tooMany(refused.msBeforeNext);
    }
  }

  /** Throws RATE_LIMITED where the key has used up its points, or is blocked; counts nothing. */
  async check(key: string): Promise<void> {
    const { waitSeconds } = await this.look(key);
    if (waitSeconds > 0) throw tooMany(waitSeconds * 1000);
  }

  async look(key: string): Promise<Counted> {
    const found = await this.limiter.get(key);
    return this.counted(found);
  }

  /** Counts without refusing, for what turns out to be a fault afterwards. */
  async penalty(key: string, points = 1): Promise<Counted> {
    this.keys.set(key, true);
    return this.counted(await this.limiter.penalty(key, points));
  }

  /** Nothing goes for so long, whatever was counted. */
  async block(key: string, seconds: number): Promise<void> {
    this.keys.set(key, true);
    await this.limiter.block(key, seconds);
  }

  /** The key has nothing on its account any more, and is blocked no longer. */
  async reset(key: string): Promise<void> {
    await Promise.all([this.limiter.delete(key), this.memory.delete(key)]);
    this.keys.delete(key);
  }

  private counted(found: RateLimiterRes | null): Counted {
    if (found === null) return { points: 0, waitSeconds: 0 };
    const used = found.consumedPoints;
    return { points: used, waitSeconds: used >= this.points ? secondsOf(found.msBeforeNext) : 0 };
  }
}

const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

function tooMany(ms: number): AppError {
  const retryAfterSeconds = secondsOf(ms);
  return new AppError('RATE_LIMITED', `Too many requests; try again in ${retryAfterSeconds} s`, { retryAfterSeconds });
}

/** Makes limits. */
@Injectable()
export class LimitsService {
  constructor(private readonly redis: LimitsRedis) {}

  limit(options: LimitOptions): Limit {
    return new Limit(options, this.redis);
  }

  /** For what is counted on every request; see there for how exact it is. */
  meter({
    name,
    points,
    seconds,
    nowMs,
  }: Omit<LimitOptions, 'blockSeconds' | 'keysInMemory'> & { readonly nowMs: () => number }): RequestMeter {
    const { connection } = this.redis;
    const windowMs = seconds * 1000;
    if (connection === undefined) return new RequestMeter({ points, windowMs, nowMs });
    const shared = new RateLimiterRedis({
      keyPrefix: `klevr:limit:${name}`,
      points,
      duration: seconds,
      storeClient: connection,
      rejectIfRedisNotReady: true,
    });
    const share = (key: string, lot: number): Promise<SharedCount | undefined> =>
      shared.penalty(key, lot).then(
        ({ consumedPoints, msBeforeNext }) => ({ points: consumedPoints, endsInMs: msBeforeNext }),
        () => undefined,
      );
    return new RequestMeter({ points, windowMs, nowMs, share });
  }
}
