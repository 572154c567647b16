import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { publishEvents } from '@klevr/messaging/publish-events';
import { OutboxRelay } from '@klevr/persistence/outbox-relay';
import { PersistenceModule } from '@klevr/persistence/persistence.module';
import { CacheModule } from '@klevr/platform/cache.module';
import { Clock } from '@klevr/platform/clock';
import { SecretBox } from '@klevr/platform/secret-box';
import { Log } from '@klevr/platform/log';
import { DataSource } from 'typeorm';
import { CandidatesSource } from './election/candidates.source.js';
import { ElectionService } from './election/election.service.js';
import { ElectionShell } from './election/election.shell.js';
import { ElectionStart } from './election/election-start.service.js';
import { HearingHandler } from './election/hearing.handler.js';
import { HearingService } from './election/hearing.service.js';
import { PrimariesHandler } from './election/primaries.handler.js';
import { PrimariesKeeper } from './election/primaries.keeper.js';
import { PrimariesService } from './election/primaries.service.js';
import { TermRecorder } from './election/term.recorder.js';
import { TermsService } from './election/terms.service.js';
import { TermsStore } from './election/terms.store.js';
import { EventOutbox } from './events/event-outbox.store.js';
import { AccountClaimsPublisher } from './hosts/account-claims.publisher.js';
import { AgentCredentialsIssuer } from './hosts/agent-credentials.issuer.js';
import { AgentChangesService } from './hosts/agent-changes.service.js';
import { AgentChangesStore } from './hosts/agent-changes.store.js';
import { AgentFarewell } from './hosts/agent-farewell.service.js';
import { AgentNotifier } from './hosts/agent.notifier.js';
import { AgentOperationsService } from './hosts/agent-operations.service.js';
import { AgentOperationsHandler } from './hosts/agent-operations.handler.js';
import { AgentProber } from './hosts/agent.prober.js';
import { AgentRemovalService } from './hosts/agent-removal.service.js';
import { AgentsHandler } from './hosts/agents.handler.js';
import { AgentsService } from './hosts/agents.service.js';
import { AgentsStore } from './hosts/agents.store.js';
import { AsksHandler } from './hosts/asks.handler.js';
import { CredentialsService } from './hosts/credentials.service.js';
import { EnrolmentService } from './hosts/enrolment.service.js';
import { EnrolmentStore } from './hosts/enrolment.store.js';
import { HostChangesHandler } from './hosts/host-changes.handler.js';
import { HostChangesService } from './hosts/host-changes.service.js';
import { HelloService } from './hosts/hello.service.js';
import { IssuerFilesWatch, IssuerPlaces } from './hosts/issuer-files.watch.js';
import { AgentsAsked, IssuerKeysService, Issuers } from './hosts/issuer-keys.service.js';
import { HostPool } from './hosts/host-pool.service.js';
import { PresenceService } from './hosts/presence.service.js';
import { RejoinService } from './hosts/rejoin.service.js';
import { RevocationsService } from './hosts/revocations.service.js';
import { RevocationsStore } from './hosts/revocations.store.js';
import { Roster } from './hosts/roster.js';
import { SessionsService } from './hosts/sessions.service.js';
import { StandingService } from './hosts/standing.service.js';
import { ProvisionerClient } from './hosts/provisioner.client.js';
import { TaskManagerClient } from './hosts/task-manager.client.js';
import { ViolationsService } from './hosts/violations.service.js';
import { ViolationsStore } from './hosts/violations.store.js';
import { HousekeepingService } from './housekeeping.service.js';
import { AgentStatuses } from './liveness/agent-statuses.service.js';
import { CloneGuard } from './liveness/clone.guard.js';
import { ConnectionsWatcher } from './liveness/connections.watcher.js';
import { DutyWatch } from './liveness/duty.watch.js';
import { HeadlessStore } from './liveness/headless.store.js';
import { HeadlessWatch } from './liveness/headless.watch.js';
import { IncidentsHandler } from './liveness/incidents.handler.js';
import { IncidentsService } from './liveness/incidents.service.js';
import { IncidentsStore } from './liveness/incidents.store.js';
import { LivenessService } from './liveness/liveness.service.js';
import { OutageWatch } from './liveness/outage.watch.js';
import { StatusEvents } from './liveness/status-events.service.js';
import { MessagingModule, SystemBus } from './messaging.module.js';
import { MetricsService } from './metrics.service.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { SchedulerLifecycle } from './scheduler.lifecycle.js';
import { HistoryStore } from './retention/history.store.js';
import { Retention, RetentionService } from './retention/retention.service.js';
import { scheduleProviders } from './schedules/schedules.module.js';
import { SchedulesHandler } from './schedules/schedules.handler.js';
import { ScheduleSecrets } from './schedules/callback-secrets.js';
import { AgentRow } from './tables/agent.entity.js';
import { JoinTokenRow } from './tables/join-token.entity.js';
import { outbox } from './tables/names.js';
import { ReplaysStore } from './tables/replays.store.js';
import { ScheduleRow } from './tables/schedule.entity.js';
import { UpkeepService } from './tables/upkeep.service.js';
import { migrations } from './tables/migrations.js';
import { ZoneRow } from './tables/zone.entity.js';
import { MembersService } from './targets/members.service.js';
import { MembersStore } from './targets/members.store.js';
import { HostHealthService } from './targets/host-health.service.js';
import { TargetPreviewService } from './targets/target-preview.service.js';
import { TargetsHandler } from './targets/targets.handler.js';
import { TargetsService } from './targets/targets.service.js';
import { JoinTokensService } from './zones/join-tokens.service.js';
import { JoinTokensStore } from './zones/join-tokens.store.js';
import { ZoneChangesService } from './zones/zone-changes.service.js';
import { ZoneDeletionService } from './zones/zone-deletion.service.js';
import { ZoneTenants } from './zones/zone-tenants.service.js';
import { ZoneDeletionStore } from './zones/zone-deletion.store.js';
import { HostPoolPublisher } from './hosts/host-pool.publisher.js';
import { ZoneSettingsPublisher } from './zones/zone-settings.publisher.js';
import { ZonesHandler } from './zones/zones.handler.js';
import { ZonesService } from './zones/zones.service.js';
import { ZonesStore } from './zones/zones.store.js';

const zones = [
  ZonesService,
  ZonesStore,
  ZoneChangesService,
  ZoneDeletionService,
  ZoneTenants,
  ZoneDeletionStore,
  JoinTokensService,
  JoinTokensStore,
  ZoneSettingsPublisher,
  HostPoolPublisher,
  ReplaysStore,
];
const hosts = [
  AgentsService,
  AgentsStore,
  EnrolmentService,
  EnrolmentStore,
  RejoinService,
  CredentialsService,
  HelloService,
  SessionsService,
  StandingService,
  PresenceService,
  HostPool,
  HostChangesService,
];
const election = [
  ...[ElectionService, ElectionShell, ElectionStart, PrimariesService, PrimariesKeeper, HearingService, CandidatesSource],
  ...[TermsService, TermsStore, TermRecorder],
];
const operations = [AgentOperationsService, AgentChangesService, AgentChangesStore, AgentRemovalService, AgentFarewell, AgentNotifier];
const issuers = [Issuers, IssuerKeysService, IssuerFilesWatch, AgentsAsked];
const removal = [RevocationsService, RevocationsStore, UpkeepService, HistoryStore, RetentionService];
const liveness = [
  LivenessService,
  AgentStatuses,
  CloneGuard,
  DutyWatch,
  HeadlessStore,
  HeadlessWatch,
  ConnectionsWatcher,
  AgentProber,
  IncidentsService,
  IncidentsStore,
  OutageWatch,
  StatusEvents,
];
const rest = [
  ViolationsService,
  ViolationsStore,
  Roster,
  TargetsService,
  TargetPreviewService,
  HostHealthService,
  MembersService,
  MembersStore,
  TaskManagerClient,
  ProvisionerClient,
  EventOutbox,
  HousekeepingService,
  MetricsService,
  SchedulerLifecycle,
];

@Module({})
export class AppModule {
  static register(config: SchedulerConfig): DynamicModule {
    const issuer: Provider = {
      provide: AgentCredentialsIssuer,
      useFactory: () => AgentCredentialsIssuer.fromFile(config.agentIssuerFile, config.agentNatsUrls),
    };
    const claims: Provider = {
      provide: AccountClaimsPublisher,
      inject: [SystemBus],
      useFactory: ({ bus }: SystemBus) => AccountClaimsPublisher.fromFile(config.accountIssuerFile, config.natsAccount, bus),
    };
    const box = new SecretBox(config.masterKey);
    return {
      module: AppModule,
      imports: [
        PersistenceModule.register({
          url: config.databaseUrl,
          caFile: config.databaseCaFile,
          entities: [ZoneRow, JoinTokenRow, AgentRow, ScheduleRow],
          migrations,
          migrationsTable: 'migrations_scheduler',
        }),
        CacheModule.register(config),
        MessagingModule.register(config),
      ],
      controllers: [
        ZonesHandler,
        AgentsHandler,
        AsksHandler,
        PrimariesHandler,
        HearingHandler,
        HostChangesHandler,
        IncidentsHandler,
        AgentOperationsHandler,
        SchedulesHandler,
        TargetsHandler,
      ],
      providers: [
        ...zones,
        ...hosts,
        ...election,
        ...operations,
        ...removal,
        ...issuers,
        { provide: IssuerPlaces, useValue: new IssuerPlaces(config.accountIssuerFile, config.agentIssuerFile) },
        ...liveness,
        ...scheduleProviders,
        ...rest,
        issuer,
        { provide: Retention, useValue: new Retention(config.keepHistoryDays) },
        claims,
        relay,
        { provide: SecretBox, useValue: box },
        { provide: ScheduleSecrets, useValue: new ScheduleSecrets(box) },
      ],
    };
  }
}

const relay: Provider = {
  provide: OutboxRelay,
  inject: [DataSource, StreamPublisher, Clock, Log],
  useFactory: (dataSource: DataSource, publisher: StreamPublisher, clock: Clock, log: Log): OutboxRelay =>
    new OutboxRelay({ dataSource, table: outbox, publish: publishEvents(publisher), clock, log }),
};
