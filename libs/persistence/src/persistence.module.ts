import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '@klevr/platform/clock';
import { HealthRegistry } from '@klevr/platform/health-registry';
import { Log } from '@klevr/platform/log';
import { DataSource } from 'typeorm';
import { createDataSource, type DatabaseOptions } from './data-source.js';
import { connectAndMigrate } from './migrate.js';

/**
 * Gives a service's modules their `DataSource`, connected and migrated before anything that asks for it is made. Readiness includes the
 * database. It is let go last, after HTTP and messages are closed.
 */
@Module({})
export class PersistenceModule implements OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  static register(options: DatabaseOptions & { readonly waitMs?: number }): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      providers: [
        {
          provide: DataSource,
          inject: [Clock, Log, HealthRegistry],
          useFactory: async (clock: Clock, log: Log, health: HealthRegistry): Promise<DataSource> => {
            const dataSource = createDataSource(options);
            await connectAndMigrate({ dataSource, clock, log, ...(options.waitMs === undefined ? {} : { waitMs: options.waitMs }) });
            health.register('database', async () => void (await dataSource.query('SELECT 1')));
            return dataSource;
          },
        },
      ],
      exports: [DataSource],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
