import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '@klevr/messaging/bus';
import { connectService, type ServiceBusConfig } from '@klevr/messaging/service-bus';
import { HealthRegistry } from '@klevr/platform/health-registry';
import { Log } from '@klevr/platform/log';

/** The connection to NATS. Its state is part of readiness; it is let go after HTTP is closed. */
@Module({})
export class BusModule implements OnApplicationShutdown {
  constructor(private readonly bus: Bus) {}

  static register(config: ServiceBusConfig): DynamicModule {
    return {
      module: BusModule,
      global: true,
      providers: [
        {
          provide: Bus,
          inject: [Log, HealthRegistry],
          useFactory: (log: Log, health: HealthRegistry): Promise<Bus> =>
            connectService({ service: 'gateway', config, log, health, gatherRequests: true }),
        },
      ],
      exports: [Bus],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.bus.drain();
  }
}
