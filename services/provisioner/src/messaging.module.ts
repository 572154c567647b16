import { setTimeout as delay } from 'node:timers/promises';
import { provisionerConsumers } from '@klevr/contracts/provisioner-contracts';
import { Bus } from '@klevr/messaging/bus';
import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { ensureConsumers } from '@klevr/messaging/jetstream-setup';
import { connectService } from '@klevr/messaging/service-bus';
import { HealthRegistry } from '@klevr/platform/health-registry';
import { Log } from '@klevr/platform/log';
import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { ProvisionerConfig } from './provisioner.config.js';

const streamWaits = 120;
const streamWaitMs = 500;

/** The connection to NATS, with the consumers of this service made before anything uses them. It is let go after the messages. */
@Module({})
export class MessagingModule implements OnApplicationShutdown {
  constructor(private readonly bus: Bus) {}

  static register(config: ProvisionerConfig): DynamicModule {
    return {
      module: MessagingModule,
      global: true,
      providers: [
        {
          provide: Bus,
          inject: [Log, HealthRegistry],
          useFactory: async (log: Log, health: HealthRegistry): Promise<Bus> => {
            const bus = await connectService({ service: 'provisioner', config, log, health });
            await ensureOwnConsumers(bus, log);
            return bus;
          },
        },
        { provide: StreamPublisher, inject: [Bus], useFactory: (bus: Bus) => new StreamPublisher(bus) },
      ],
      exports: [Bus, StreamPublisher],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.bus.drain();
  }
}

/** The stream is the scheduler's and the task-manager's to make, with their limits; where this service is started first, it waits a minute for them. */
const ensureOwnConsumers = async (bus: Bus, log: Log): Promise<void> => {
  for (let tries = 1; ; tries++) {
    try {
      return await ensureConsumers(bus, Object.values(provisionerConsumers));
    } catch (error) {
      if (tries === streamWaits) throw error;
      if (tries === 1) log.warn({ error }, 'the stream of events is not there yet');
      await delay(streamWaitMs);
    }
  }
};
