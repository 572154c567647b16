import { readFileSync } from 'node:fs';
import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { eventsKeptFor } from '@klevr/contracts/streams';
import { AccountWatch } from '@klevr/messaging/account-watch';
import { Bus } from '@klevr/messaging/bus';
import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { ensureStreams } from '@klevr/messaging/jetstream-setup';
import { PrimariesBucket } from '@klevr/messaging/primaries-bucket';
import { HealthRegistry } from '@klevr/platform/health-registry';
import { Log } from '@klevr/platform/log';
import { natsCureOf } from '@klevr/platform/tls-cures';
import type { SchedulerConfig } from './scheduler-config.js';

/** The second connection, of the user in the system account. A class of its own, as it is its own injection token. */
export class SystemBus {
  constructor(readonly bus: Bus) {}
}

/** Gives the scheduler its two connections to NATS, which are let go last. */
@Module({})
export class MessagingModule implements OnApplicationShutdown {
  constructor(
    private readonly bus: Bus,
    private readonly system: SystemBus,
  ) {}

  static register(config: SchedulerConfig): DynamicModule {
    const connect = async (credsFile: string, log: Log, system: boolean): Promise<Bus> => {
      const bus = await Bus.connect({
        servers: config.natsUrl,
        name: system ? 'scheduler (system)' : 'scheduler',
        credentials: () => readFileSync(credsFile, 'utf8'),
        owner: { service: 'scheduler', ...(system ? { system } : {}) },
        tls: { caFile: config.natsCaFile, certFile: config.natsCertFile, keyFile: config.natsKeyFile },
        onWaiting: (error) => log.warn({ error, cure: natsCureOf(error), system }, 'NATS cannot be reached yet'),
      });
      bus.onError((error) => log.error({ error, system }, 'the NATS server reports an error'));
      bus.onStatus((status) => log.info({ status, system }, 'connection to NATS'));
      return bus;
    };
    return {
      module: MessagingModule,
      global: true,
      providers: [
        {
          provide: Bus,
          inject: [Log, HealthRegistry],
          useFactory: async (log: Log, health: HealthRegistry): Promise<Bus> => {
            const bus = await connect(config.natsCredsFile, log, false);
            health.register('nats', () => bus.connected);
            await ensureStreams(bus, [eventsKeptFor(config.keepEventsDays)], config.natsReplicas);
            return bus;
          },
        },
        {
          provide: SystemBus,
          inject: [Log],
          useFactory: async (log: Log) => new SystemBus(await connect(config.natsSystemCredsFile, log, true)),
        },
        { provide: AccountWatch, inject: [SystemBus], useFactory: ({ bus }: SystemBus) => new AccountWatch(bus, config.natsAccount) },
        { provide: PrimariesBucket, inject: [Bus], useFactory: (bus: Bus) => new PrimariesBucket(bus, config.natsReplicas) },
        { provide: StreamPublisher, inject: [Bus], useFactory: (bus: Bus) => new StreamPublisher(bus) },
      ],
      exports: [Bus, SystemBus, AccountWatch, PrimariesBucket, StreamPublisher],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.bus.drain(), this.system.bus.close()]);
  }
}
