import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Cache, NoCache } from './cache.js';
import { CachedReads } from './cached-reads.js';
import { Clock } from './clock.js';
import { Log } from './log.js';
import { RedisCache } from './redis-cache.js';

export interface RedisSettings {
  readonly redisUrl?: string | undefined;
  readonly redisCaFile?: string | undefined;
}

/** Gives a service `Cache` and `CachedReads`; without an address both work and hold nothing. Redis is no part of readiness: it is optional. */
@Module({})
export class CacheModule implements OnApplicationShutdown {
  constructor(
    private readonly cache: Cache,
    private readonly reads: CachedReads,
  ) {}

  static register({ redisUrl, redisCaFile }: RedisSettings): DynamicModule {
    return {
      module: CacheModule,
      global: true,
      providers: [
        {
          provide: Cache,
          inject: [Clock, Log],
          useFactory: (clock: Clock, log: Log): Cache =>
            redisUrl === undefined ? new NoCache() : new RedisCache({ url: redisUrl, caFile: redisCaFile, clock, log }),
        },
        { provide: CachedReads, inject: [Cache, Clock], useFactory: (cache: Cache, clock: Clock) => new CachedReads(cache, clock) },
      ],
      exports: [Cache, CachedReads],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    this.reads.close();
    await this.cache.close();
  }
}
