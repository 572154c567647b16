import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SystemClock, type Clock } from './clock.js';
import { HealthRegistry } from './health-registry.js';
import { collectProcessMetrics, measureHttp } from './http-metrics.js';
import type { Log } from './log.js';
import { createLogger } from './logger.js';
import { NestLogger } from './nest-logger.js';
import { PlatformModule } from './platform.module.js';
import { exitOnSignals, exitOnUncaught } from './shutdown.js';

export interface ServiceOptions {
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly config: {
    readonly httpHost: string;
    readonly httpPort: number;
    readonly logLevel: string;
    readonly instanceId?: string | undefined;
  };
  /** The message transport, or how to get it from the application's own providers. */
  readonly strategy?: CustomTransportStrategy | ((app: NestFastifyApplication) => CustomTransportStrategy);
  /** Global pipes, filters, prefix, Fastify plug-ins: before anything is initialised. */
  readonly configure?: (app: NestFastifyApplication) => void | Promise<void>;
  readonly adapter?: FastifyAdapter;
  /** For log lines: the id of the trace that is being followed now. */
  readonly traceId?: () => string | undefined;
  /** From the signal to the end as it stands; 8 s unless said. */
  readonly stopDeadlineMs?: number;
  readonly log?: Log;
  readonly clock?: Clock;
}

@Module({})
class ServiceRoot {}

/**
 * Runs a service until a signal ends it. Order: modules are initialised (database, migrations), then messages are taken, then HTTP; the line
 * `{"msg":"ready","port":N}` tells that all of it is done. It ends the other way round: not ready, `onModuleDestroy`, HTTP and messages closed,
 * `onApplicationShutdown` (where the database is let go). A failed start is logged and ends the process with code 1.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  const { name, config } = options;
  const { instanceId } = config;
  const log =
    options.log ??
    createLogger({ service: name, level: config.logLevel, traceId: options.traceId, ...(instanceId === undefined ? {} : { instanceId }) });
  exitOnUncaught(log);
  try {
    const app = await startService({ ...options, log });
    exitOnSignals({
      log,
      ...(options.stopDeadlineMs === undefined ? {} : { deadlineMs: options.stopDeadlineMs }),
      close: async () => {
        app.get(HealthRegistry).markStopping();
        await app.close();
      },
    });
    log.info({ port: portOf(app) }, 'ready');
  } catch (error) {
    log.fatal({ error }, 'the service cannot start');
    process.exit(1);
  }
}

/** The start alone, for tests that run a service inside their own process and close it themselves. */
export async function startService(options: ServiceOptions & { readonly log: Log }): Promise<NestFastifyApplication> {
  const { config, log, strategy, clock = new SystemClock() } = options;
  collectProcessMetrics();
  const adapter = options.adapter ?? new FastifyAdapter({ forceCloseConnections: 'idle', bodyLimit: 4 * 1024 * 1024 });
  measureHttp(adapter.getInstance());
  const root: DynamicModule = { module: ServiceRoot, imports: [PlatformModule.register({ clock, log }), options.module] };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, { logger: new NestLogger(log), abortOnError: false });
  await options.configure?.(app);
  if (strategy)
    app.connectMicroservice({ strategy: typeof strategy === 'function' ? strategy(app) : strategy }, { inheritAppConfig: true });
  // Without this, messages would be taken before the modules are initialised.
  await app.init();
  await app.startAllMicroservices();
  await app.listen(config.httpPort, config.httpHost);
  return app;
}

export function portOf(app: NestFastifyApplication): number {
  const address: unknown = app.getHttpServer().address();
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0;
}
