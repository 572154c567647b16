import { readFileSync } from 'node:fs';
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '@klevr/messaging/bus';
import { HealthRegistry } from '@klevr/platform/health-registry';
import { Log } from '@klevr/platform/log';
import { natsCureOf } from '@klevr/platform/tls-cures';

export interface NatsAddress {
  readonly natsUrl: readonly string[];
  readonly natsCredsFile: string;
  readonly natsCaFile?: string | undefined;
  readonly natsCertFile?: string | undefined;
  readonly natsKeyFile?: string | undefined;
}

/** The connection to NATS. Its state is part of readiness; it is let go after HTTP is closed. */
@Module({})
export class BusModule implements OnApplicationShutdown {
  constructor(private readonly bus: Bus) {}

  static register({ natsUrl, natsCredsFile, natsCaFile, natsCertFile, natsKeyFile }: NatsAddress): DynamicModule {
    return {
      module: BusModule,
      global: true,
      providers: [
        {
          provide: Bus,
          inject: [Log, HealthRegistry],
          useFactory: async (log: Log, health: HealthRegistry): Promise<Bus> => {
            const bus = await Bus.connect({
              servers: natsUrl,
              name: 'gateway',
              credentials: () => readFileSync(natsCredsFile, 'utf8'),
              owner: { service: 'gateway' },
              gatherRequests: true,
              tls: { caFile: natsCaFile, certFile: natsCertFile, keyFile: natsKeyFile },
              onWaiting: (error) => log.warn({ error, cure: natsCureOf(error) }, 'NATS cannot be reached yet'),
            });
            bus.onStatus((status) => log.info({ status }, 'connection to NATS'));
            bus.onError((error) => log.warn({ error }, 'NATS refuses something'));
            health.register('nats', () => bus.connected);
            return bus;
          },
        },
      ],
      exports: [Bus],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.bus.drain();
  }
}
