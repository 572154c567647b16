import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '@klevr/platform/log';
import { type TlsConfig, tlsFilesOf } from '../http/tls-files.js';
import { LimitsRedis } from './limits-redis.client.js';
import { ProtectionSettings } from './protection-settings.js';

export interface ProtectionConfig extends TlsConfig {
  readonly redisUrl?: string | undefined;
  readonly redisCaFile?: string | undefined;
  readonly rateLimitPerSecond: number;
  readonly publicRateLimitPerMinute: number;
  readonly corsOrigins?: readonly string[] | undefined;
}

/** What protection needs from outside: settings, and Redis if there is one. It is no part of readiness. */
@Module({})
export class ProtectionSurroundings implements OnApplicationShutdown {
  constructor(private readonly redis: LimitsRedis) {}

  static register(config: ProtectionConfig): DynamicModule {
    const { redisUrl, redisCaFile, rateLimitPerSecond, publicRateLimitPerMinute, corsOrigins } = config;
    return {
      module: ProtectionSurroundings,
      global: true,
      providers: [
        {
          provide: LimitsRedis,
          inject: [Log],
          useFactory: (log: Log) => new LimitsRedis(redisUrl === undefined ? undefined : { url: redisUrl, caFile: redisCaFile }, log),
        },
        {
          provide: ProtectionSettings,
          useValue: new ProtectionSettings(rateLimitPerSecond, publicRateLimitPerMinute, corsOrigins, tlsFilesOf(config)),
        },
      ],
      exports: [LimitsRedis, ProtectionSettings],
    };
  }

  onApplicationShutdown(): void {
    this.redis.close();
  }
}
