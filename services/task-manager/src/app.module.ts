import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { publishEvents } from '@klevr/messaging/publish-events';
import { OutboxRelay } from '@klevr/persistence/outbox-relay';
import { PersistenceModule } from '@klevr/persistence/persistence.module';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Module, type DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AgentsHandler } from './agents.handler.js';
import { AddressPolicy } from './callbacks/address-policy.js';
import { BodiesService } from './callbacks/bodies.service.js';
import { CallbacksService, CallbackStores } from './callbacks/callbacks.service.js';
import { DeliveriesService } from './callbacks/deliveries.service.js';
import { DeliveryLogStore } from './callbacks/delivery-log.store.js';
import { LaneSender } from './callbacks/lane-sender.service.js';
import { LanesStore } from './callbacks/lanes.store.js';
import { SettleStore } from './callbacks/settle.store.js';
import { WebhookClient } from './callbacks/webhook.client.js';
import { BatchesService } from './batches/batches.service.js';
import { BatchesStore } from './batches/batches.store.js';
import { CancelService } from './cancel/cancel.service.js';
import { CancelStore } from './cancel/cancel.store.js';
import { CommandSecretStores, CommandSecretsService } from './credentials/command-secrets.service.js';
import { CredentialsHandler } from './credentials/credentials.handler.js';
import { CredentialsService } from './credentials/credentials.service.js';
import { CredentialsStore } from './credentials/credentials.store.js';
import { HookSecrets } from './credentials/hook-secrets.js';
import { SecretBox } from '@klevr/platform/secret-box';
import { UnsendableRunsStore } from './credentials/unsendable-runs.store.js';
import { migrations } from './database/migrations.js';
import { outbox } from './database/tables.js';
import { BindingService } from './dispatch/binding.service.js';
import { ClaimStore } from './dispatch/claim.store.js';
import { CommandSigner } from './dispatch/command-signer.js';
import { CommandClient } from './dispatch/command.client.js';
import { CommandParts, DeliveryService } from './dispatch/delivery.service.js';
import { DispatcherService } from './dispatch/dispatcher.service.js';
import { AgentsTold, TaskKeyPlace, TaskKeyWatch } from './dispatch/task-key.watch.js';
import { TaskKeysClient } from './dispatch/task-keys.client.js';
import { TargetStore } from './dispatch/target.store.js';
import { WorkStore } from './dispatch/work.store.js';
import { WorkerBindingService } from './dispatch/worker-binding.service.js';
import { WorkerChoiceService } from './dispatch/worker-choice.service.js';
import { WorkerClaimClient } from './dispatch/worker-claim.client.js';
import { ZonePrimariesService } from './dispatch/zone-primaries.service.js';
import { AliveService } from './facts/alive.service.js';
import { AliveStore } from './facts/alive.store.js';
import { FactsService } from './facts/facts.service.js';
import { FactsStore } from './facts/facts.store.js';
import { LiveLogClient } from './facts/live-log.client.js';
import { ConcurrencyKeysService } from './governors/concurrency-keys.service.js';
import { ConcurrencyKeysStore } from './governors/concurrency-keys.store.js';
import { GovernorsHandler } from './governors/governors.handler.js';
import { LinesStore } from './governors/lines.store.js';
import { AgentAddressesStore } from './hosts/agent-addresses.store.js';
import { DoubtsService } from './hosts/doubts.service.js';
import { HelloService } from './hosts/hello.service.js';
import { HelloStore } from './hosts/hello.store.js';
import { HostEventsService, HostStores } from './hosts/host-events.service.js';
import { HostEventsStore } from './hosts/host-events.store.js';
import { DrainsStore } from './hosts/drains.store.js';
import { RemovalsStore } from './hosts/removals.store.js';
import { SchedulerClient } from './hosts/scheduler.client.js';
import { ZoneClosingService } from './hosts/zone-closing.service.js';
import { WorkersStore } from './hosts/workers.store.js';
import { ZoneLookup } from './hosts/zone-lookup.service.js';
import { ZonesStore } from './hosts/zones.store.js';
import { LifeCycle, Workers } from './life-cycle.service.js';
import { MessagingModule } from './messaging.module.js';
import { LogReaderStore } from './reading/log-reader.store.js';
import { ReadingService } from './reading/reading.service.js';
import { RunReaderStore } from './reading/run-reader.store.js';
import { StepReaderStore } from './reading/step-reader.store.js';
import { TaskReaderStore } from './reading/task-reader.store.js';
import { WaitsStore } from './reading/waits.store.js';
import { ProvisionerRpcHandler } from './provisioner-rpc.handler.js';
import { RpcHandler } from './rpc.handler.js';
import { SchedulerRpcHandler } from './scheduler-rpc.handler.js';
import { ForgettingStore } from './sweep/forgetting.store.js';
import { Retention, RetentionService } from './sweep/retention.service.js';
import { SweepService } from './sweep/sweep.service.js';
import { SweepStore } from './sweep/sweep.store.js';
import type { TaskManagerConfig } from './task-manager.config.js';
import { CheckTaskService, TaskRules } from './tasks/check-task.service.js';
import { CreateTaskService } from './tasks/create-task.service.js';
import { OperationTaskService } from './tasks/operation-task.service.js';
import { OperationTasksStore } from './tasks/operation-tasks.store.js';
import { RetryTaskService } from './tasks/retry-task.service.js';
import { ScheduledTaskService } from './tasks/scheduled-task.service.js';
import { ScheduledTasksStore } from './tasks/scheduled-tasks.store.js';
import { TaskCopyStore } from './tasks/task-copy.store.js';
import { TargetsService } from './tasks/targets.service.js';
import { TasksStore } from './tasks/tasks.store.js';
import { WakeUps } from './wake-ups.js';
import { HeardStore } from './webhooks/heard.store.js';
import { HearingParts, HearingService } from './webhooks/hearing.service.js';
import { ReplicasClient } from './webhooks/replicas.client.js';
import { WebhooksHandler } from './webhooks/webhooks.handler.js';
import { WebhooksService } from './webhooks/webhooks.service.js';
import { WebhooksStore } from './webhooks/webhooks.store.js';

const stores = [
  ...[
    TasksStore,
    WorkStore,
    TargetStore,
    ClaimStore,
    ZonesStore,
    HelloStore,
    HostEventsStore,
    DrainsStore,
    RemovalsStore,
    HostStores,
    FactsStore,
    AliveStore,
    WorkersStore,
    ScheduledTasksStore,
    OperationTasksStore,
    TaskCopyStore,
    CancelStore,
    SweepStore,
    ForgettingStore,
  ],
  AgentAddressesStore,
  ...[CredentialsStore, UnsendableRunsStore, CommandSecretStores],
  ...[DeliveryLogStore, WebhooksStore, HeardStore, HearingParts],
  ...[LanesStore, SettleStore, CallbackStores, TaskReaderStore, RunReaderStore, StepReaderStore, LogReaderStore],
  ...[WaitsStore, LinesStore, ConcurrencyKeysStore, BatchesStore],
];
const clients = [SchedulerClient, CommandClient, WorkerClaimClient, LiveLogClient, WebhookClient, ReplicasClient, TaskKeysClient];
const services = [
  ...[CheckTaskService, ScheduledTaskService, OperationTaskService, RetryTaskService],
  ...[
    CreateTaskService,
    TargetsService,
    ReadingService,
    CancelService,
    HelloService,
    DoubtsService,
    HostEventsService,
    ZonePrimariesService,
  ],
  RetentionService,
  ...[CredentialsService, CommandSecretsService, CommandParts, TaskRules],
  ...[BodiesService, LaneSender, CallbacksService, DeliveriesService, HearingService, WebhooksService],
  ...[
    AliveService,
    DeliveryService,
    BindingService,
    WorkerBindingService,
    WorkerChoiceService,
    ZoneClosingService,
    ZoneLookup,
    ConcurrencyKeysService,
    BatchesService,
  ],
];

@Module({})
export class AppModule {
  static register(config: TaskManagerConfig): DynamicModule {
    const box = new SecretBox(config.masterKey);
    return {
      module: AppModule,
      imports: [
        PersistenceModule.register({
          url: config.databaseUrl,
          caFile: config.databaseCaFile,
          entities: [],
          migrations,
          migrationsTable: 'migrations_task_manager',
        }),
        MessagingModule.register(config),
      ],
      controllers: [
        RpcHandler,
        CredentialsHandler,
        SchedulerRpcHandler,
        ProvisionerRpcHandler,
        AgentsHandler,
        WebhooksHandler,
        GovernorsHandler,
      ],
      providers: [
        ...stores,
        ...clients,
        ...services,
        LifeCycle,
        ...[TaskKeyWatch, AgentsTold],
        Workers,
        WakeUps,
        { provide: AddressPolicy, useValue: new AddressPolicy(config.callbackAllowPrivate) },
        { provide: Retention, useValue: new Retention({ tasksDays: config.keepTasksDays, logsDays: config.keepLogsDays }) },
        { provide: SecretBox, useValue: box },
        { provide: HookSecrets, useValue: new HookSecrets(box) },
        { provide: CommandSigner, useFactory: () => CommandSigner.of(config.taskKey) },
        { provide: TaskKeyPlace, useValue: new TaskKeyPlace(config.taskKeyFile) },
        {
          provide: DispatcherService,
          inject: [ClaimStore, ZonePrimariesService, DeliveryService, BindingService, WorkerBindingService, WakeUps, Clock, Log],
          useFactory: (
            ...[store, primaries, delivery, binding, workers, wakeUps, clock, log]: [
              ...[ClaimStore, ZonePrimariesService, DeliveryService, BindingService, WorkerBindingService],
              ...[WakeUps, Clock, Log],
            ]
          ) => new DispatcherService(store, primaries, { delivery, binding, workers, wakeUps }, clock, log),
        },
        {
          provide: SweepService,
          inject: [SweepStore, DeliveryService, ZonePrimariesService, BatchesService, DoubtsService, WakeUps, Clock, Log],
          useFactory: (
            ...[sweep, send, primaries, batches, doubts, wakeUps, clock, log]: [
              ...[SweepStore, DeliveryService, ZonePrimariesService, BatchesService, DoubtsService],
              ...[WakeUps, Clock, Log],
            ]
          ) => new SweepService(sweep, { send, primaries, batches, doubts }, wakeUps, clock, log),
        },
        {
          provide: FactsService,
          inject: [FactsStore, ZonePrimariesService, WakeUps, LiveLogClient, Clock, Log],
          useFactory: (
            ...[store, primaries, wakeUps, liveLog, clock, log]: [FactsStore, ZonePrimariesService, WakeUps, LiveLogClient, Clock, Log]
          ) => new FactsService(store, primaries, { wakeUps, liveLog }, clock, log),
        },
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
