import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export interface LimitOptions {
  /** Of the keys in the store; one a limit. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
  /** Beyond the points nothing goes for so long; 0 waits for the window's end only. */
  readonly blockSeconds?: number;
}

/** Counts what a key does in a time. */
export class Limit {
  constructor(private readonly limiter: RateLimiterMemory) {}

  /** Throws RATE_LIMITED with the time to wait. */
  async consume(key: string, points = 1): Promise<void> {
    try {
      await this.limiter.consume(key, points);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const retryAfterSeconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      throw new AppError('RATE_LIMITED', `Too many requests; try again in ${retryAfterSeconds} s`, { retryAfterSeconds });
    }
  }

  /** The key has nothing on its account any more. */
  async reset(key: string): Promise<void> {
    await this.limiter.delete(key);
  }
}

/** Makes limits. */
@Injectable()
export class LimitsService {
  limit({ name, points, seconds, blockSeconds = 0 }: LimitOptions): Limit {
    return new Limit(new RateLimiterMemory({ keyPrefix: name, points, duration: seconds, blockDuration: blockSeconds }));
  }
}
