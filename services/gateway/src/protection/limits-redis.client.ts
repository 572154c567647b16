import { Log } from '@klevr/platform/log';
import { openRedis, type RedisAddress } from '@klevr/platform/redis-connection';
import { redisCureOf } from '@klevr/platform/tls-cures';
import type { Redis } from 'ioredis';

/** The Redis where all replicas count together; without an address there is none, and each counts by itself. One log line when it goes away, one when it is back. */
export class LimitsRedis {
  readonly connection: Redis | undefined;
  private announcedAway = false;

  constructor(
    address: RedisAddress | undefined,
    private readonly log: Log,
  ) {
    if (address === undefined) return;
    this.connection = openRedis(address);
    this.connection.on('error', (error: unknown) => this.away(error));
    this.connection.on('close', () => this.away(new Error('the connection was closed')));
    this.connection.on('ready', () => {
      if (this.announcedAway) this.log.info({}, 'Redis is back, limits hold for all replicas together');
      this.announcedAway = false;
    });
  }

  close(): void {
    this.announcedAway = true;
    this.connection?.disconnect();
  }

  private away(error: unknown): void {
    if (this.announcedAway) return;
    this.announcedAway = true;
    this.log.warn({ error, cure: redisCureOf(error) }, 'Redis is away, each replica limits by itself');
  }
}
