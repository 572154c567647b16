import { readFileSync } from 'node:fs';
import type { HealthRegistry } from '@klevr/platform/health-registry';
import type { Log } from '@klevr/platform/log';
import { natsCureOf } from '@klevr/platform/tls-cures';
import { Bus } from './bus.js';
import type { NatsServiceName } from './auth/service-permissions.js';

/** What of a service's configuration is about NATS. */
export interface ServiceBusConfig {
  readonly natsUrl: string[];
  readonly natsCredsFile: string;
  readonly natsCaFile?: string | undefined;
  readonly natsCertFile?: string | undefined;
  readonly natsKeyFile?: string | undefined;
  readonly instanceId?: string | undefined;
}

export interface ServiceBusOptions {
  readonly service: NatsServiceName;
  readonly config: ServiceBusConfig;
  readonly log: Log;
  readonly health: HealthRegistry;
  readonly gatherRequests?: boolean;
}

/** A service's own connection: its credentials are read anew at every sign-in, its health is told, and whatever NATS says of it is in the log. */
export const connectService = async ({ service, config, log, health, gatherRequests = false }: ServiceBusOptions): Promise<Bus> => {
  const bus = await Bus.connect({
    servers: config.natsUrl,
    name: `${service} ${config.instanceId ?? process.pid}`,
    credentials: () => readFileSync(config.natsCredsFile, 'utf8'),
    owner: { service },
    gatherRequests,
    tls: { caFile: config.natsCaFile, certFile: config.natsCertFile, keyFile: config.natsKeyFile },
    onWaiting: (error) => log.warn({ error, cure: natsCureOf(error) }, 'NATS cannot be reached yet'),
  });
  bus.onError((error) => log.error({ error }, 'NATS reports an error'));
  bus.onStatus((status) => log.warn({ status }, 'the connection to NATS changed'));
  health.register('nats', () => bus.connected);
  return bus;
};
