import { eventsKeptFor, streams } from '@klevr/contracts/streams';
import { taskManagerConsumers } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { ensureConsumers, ensureStreams } from '@klevr/messaging/jetstream-setup';
import { PrimariesBucket } from '@klevr/messaging/primaries-bucket';
import { connectService } from '@klevr/messaging/service-bus';
import { HealthRegistry } from '@klevr/platform/health-registry';
import { Log } from '@klevr/platform/log';
import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { TaskManagerConfig } from './task-manager.config.js';

/** The connection to NATS, with the streams and consumers of this service made before anything uses them. It is let go after the messages. */
@Module({})
export class MessagingModule implements OnApplicationShutdown {
  constructor(private readonly bus: Bus) {}

  static register(config: TaskManagerConfig): DynamicModule {
    return {
      module: MessagingModule,
      global: true,
      providers: [
        {
          provide: Bus,
          inject: [Log, HealthRegistry],
          useFactory: async (log: Log, health: HealthRegistry): Promise<Bus> => {
            const bus = await connectService({ service: 'task-manager', config, log, health });
            await ensureStreams(bus, [eventsKeptFor(config.keepEventsDays), streams.logs], config.natsReplicas);
            await ensureConsumers(bus, Object.values(taskManagerConsumers));
            return bus;
          },
        },
        { provide: StreamPublisher, inject: [Bus], useFactory: (bus: Bus) => new StreamPublisher(bus) },
        { provide: PrimariesBucket, inject: [Bus], useFactory: (bus: Bus) => new PrimariesBucket(bus) },
      ],
      exports: [Bus, StreamPublisher, PrimariesBucket],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.bus.drain();
  }
}
