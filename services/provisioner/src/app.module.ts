import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { publishEvents } from '@klevr/messaging/publish-events';
import { OutboxRelay } from '@klevr/persistence/outbox-relay';
import { PersistenceModule } from '@klevr/persistence/persistence.module';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { SecretBox } from '@klevr/platform/secret-box';
import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { catalogueControllers, catalogueProviders } from './catalogue/catalogue.module-parts.js';
import { migrations } from './database/migrations.js';
import { outbox } from './database/tables.js';
import { EventsHandler } from './events.handler.js';
import { LifeCycle } from './life-cycle.service.js';
import { MessagingModule } from './messaging.module.js';
import { ProvisionerSettings, type ProvisionerConfig } from './provisioner.config.js';
import { HostEventsService } from './resources/host-events.service.js';
import { ObservedService } from './resources/observed.service.js';
import { ObservedStore } from './resources/observed.store.js';
import { OperationTimes } from './resources/operation-task.js';
import { OperationsService } from './resources/operations.service.js';
import { OperationsStore } from './resources/operations.store.js';
import { ProofService } from './resources/proof.service.js';
import { RemovalStore } from './resources/removal.store.js';
import { ResourceReaderStore } from './resources/resource-reader.store.js';
import { ResourcesService } from './resources/resources.service.js';
import { ResourcesStore } from './resources/resources.store.js';
import { Retention, RetentionService } from './resources/retention.service.js';
import { RetentionStore } from './resources/retention.store.js';
import { ShellRunsClient } from './resources/shell/shell-runs.client.js';
import { ShellParts, ShellService } from './resources/shell/shell.service.js';
import { StateService } from './resources/state.service.js';
import { StateStore } from './resources/state.store.js';
import { StoriesStore } from './resources/stories.store.js';
import { SweepService } from './resources/sweep.service.js';
import { SweepStore } from './resources/sweep.store.js';
import { TaskManagerClient } from './resources/task-manager.client.js';
import { TaskParts, TasksService } from './resources/tasks.service.js';
import { WorkService } from './resources/work.service.js';
import { ZoneClosingService } from './resources/zone-closing.service.js';
import { RpcHandler } from './rpc.handler.js';
import { WakeUps } from './wake-ups.js';
import { WorkersHandler } from './workers.handler.js';

const stores = [
  ...[StoriesStore, ResourcesStore, ResourceReaderStore, OperationsStore, ObservedStore, StateStore],
  ...[SweepStore, RemovalStore, RetentionStore],
];
const services = [
  ...[ResourcesService, OperationsService, WorkService, ObservedService, StateService, ProofService, TasksService],
  ...[HostEventsService, ZoneClosingService, SweepService, RetentionService],
];

/** What the service is told of recipes; a test may tell it itself. */
export interface CatalogueParts {
  readonly controllers: readonly Type[];
  readonly providers: readonly Provider[];
}
const ownCatalogue: CatalogueParts = { controllers: catalogueControllers, providers: catalogueProviders };

@Module({})
export class AppModule {
  static register(config: ProvisionerConfig, catalogue = ownCatalogue): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PersistenceModule.register({
          url: config.databaseUrl,
          caFile: config.databaseCaFile,
          entities: [],
          migrations,
          migrationsTable: 'migrations_provisioner',
        }),
        MessagingModule.register(config),
      ],
      controllers: [RpcHandler, WorkersHandler, EventsHandler, ...catalogue.controllers],
      providers: [
        ...stores,
        ...services,
        ...catalogue.providers,
        ...[TaskManagerClient, TaskParts, ShellRunsClient, ShellParts, ShellService, LifeCycle, WakeUps],
        { provide: ProvisionerSettings, useValue: new ProvisionerSettings(config) },
        { provide: SecretBox, useValue: new SecretBox(config.masterKey) },
        { provide: OperationTimes, useValue: new OperationTimes(config.applyTimeoutSeconds, config.planTimeoutSeconds) },
        { provide: Retention, useValue: new Retention(config.keepOperationsDays, config.keepOperations) },
        {
          provide: OutboxRelay,
          inject: [DataSource, StreamPublisher, Clock, Log],
          useFactory: (dataSource: DataSource, publisher: StreamPublisher, clock: Clock, log: Log) =>
            new OutboxRelay({
              dataSource,
              table: outbox,
              publish: publishEvents(publisher),
              clock,
              log,
              gatherMs: 20,
            }),
        },
      ],
    };
  }
}
