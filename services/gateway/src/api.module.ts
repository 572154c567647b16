import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access/access.guard.js';
import { AccessService } from './access/access.service.js';
import { ZonesOfThings } from './access/zones-of-things.service.js';
import { Clock } from '@klevr/platform/clock';
import { AgentActionsController } from './agents/agent-actions.controller.js';
import { AgentCredentialsService } from './agents/agent-credentials.service.js';
import { AgentsController } from './agents/agents.controller.js';
import { EnrolmentController } from './agents/enrolment.controller.js';
import { EnrolmentService } from './agents/enrolment.service.js';
import { AuditModule, type AuditOptions } from './audit/audit.module.js';
import { BeforeStateGuard } from './audit/before-state.guard.js';
import type { IdentitySettings } from './auth/identity-settings.js';
import { IdentityModule } from './auth/identity.module.js';
import { RecipesController } from './catalogue/recipes.controller.js';
import { SourcesController } from './catalogue/sources.controller.js';
import { CredentialsController } from './credentials/credentials.controller.js';
import { DownloadsStore } from './install/downloads.store.js';
import { InstallerService } from './install/installer.service.js';
import { EventFeedService } from './events/event-feed.service.js';
import { EventLimits } from './events/event-limits.js';
import { EventStreamsService } from './events/event-streams.service.js';
import { EventsController } from './events/events.controller.js';
import { OpenStreamsService } from './events/open-streams.service.js';
import { HotReads } from './hot-reads/hot-reads.js';
import { HotSignals } from './hot-reads/hot-signals.service.js';
import { ScrapeTargetsController } from './prometheus/scrape-targets.controller.js';
import { ScrapeTargetsService } from './prometheus/scrape-targets.service.js';
import { ProtectionModule } from './protection/protection.module.js';
import { ZonedResourcesService } from './resources/zoned-resources.service.js';
import { OperationsController } from './resources/operations.controller.js';
import { ResourceActionsController } from './resources/resource-actions.controller.js';
import { ResourcesController } from './resources/resources.controller.js';
import { ScheduleActionsController } from './schedules/schedule-actions.controller.js';
import { SchedulesController } from './schedules/schedules.controller.js';
import { BulkTasksController } from './tasks/bulk-tasks.controller.js';
import { CommandsController } from './tasks/commands.controller.js';
import { LiveLogsService } from './tasks/live-logs.service.js';
import { LogFollowsService } from './tasks/log-follows.service.js';
import { RunLogsService } from './tasks/run-logs.service.js';
import { RunsController } from './tasks/runs.controller.js';
import { TargetsController } from './tasks/targets.controller.js';
import { TaskDeliveriesController } from './tasks/task-deliveries.controller.js';
import { TasksController } from './tasks/tasks.controller.js';
import { WebhookDeliveriesController } from './webhooks/webhook-deliveries.controller.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { ConcurrencyKeysController } from './zones/concurrency-keys.controller.js';
import { IncidentsController } from './zones/incidents.controller.js';
import { JoinTokensController } from './zones/join-tokens.controller.js';
import { JoinTokensService } from './zones/join-tokens.service.js';
import { OidcModule } from './oidc/oidc.module.js';
import { OidcSettings } from './oidc/oidc-settings.js';
import { PrimariesController } from './zones/primaries.controller.js';
import { PublicUrl } from './zones/public-url.js';
import { ZonesController } from './zones/zones.controller.js';

export interface ApiOptions {
  readonly identity: IdentitySettings;
  readonly oidc?: OidcSettings;
  readonly publicUrl: PublicUrl;
  /** What hosts download. */
  readonly downloadsDir: readonly string[];
  readonly audit: AuditOptions;
  readonly eventLimits?: EventLimits;
}

/** Every route of the API and what answers it; NATS, database, clock and log come from outside. */
@Module({})
export class ApiModule {
  static register({
    identity,
    oidc = new OidcSettings(),
    publicUrl,
    downloadsDir,
    audit,
    eventLimits = new EventLimits(),
  }: ApiOptions): DynamicModule {
    const people = IdentityModule.register(identity);
    return {
      module: ApiModule,
      imports: [people, OidcModule.register(oidc, people), AuditModule.register(audit), ProtectionModule],
      controllers: [
        ZonesController,
        JoinTokensController,
        PrimariesController,
        IncidentsController,
        AgentsController,
        AgentActionsController,
        EnrolmentController,
        CredentialsController,
        ConcurrencyKeysController,
        BulkTasksController,
        TasksController,
        TaskDeliveriesController,
        RunsController,
        TargetsController,
        CommandsController,
        SchedulesController,
        ScheduleActionsController,
        WebhooksController,
        WebhookDeliveriesController,
        SourcesController,
        RecipesController,
        ResourcesController,
        ResourceActionsController,
        OperationsController,
        EventsController,
        ScrapeTargetsController,
      ],
      providers: [
        { provide: PublicUrl, useValue: publicUrl },
        { provide: EventLimits, useValue: eventLimits },
        { provide: DownloadsStore, useValue: new DownloadsStore(downloadsDir) },
        { provide: APP_GUARD, useClass: AccessGuard },
        // Behind the other one: it looks at what only those may change who were let in.
        { provide: APP_GUARD, useClass: BeforeStateGuard },
        AccessService,
        ZonesOfThings,
        AgentCredentialsService,
        EnrolmentService,
        EventFeedService,
        { provide: HotReads, inject: [Clock], useFactory: (clock: Clock) => new HotReads(clock) },
        HotSignals,
        EventStreamsService,
        InstallerService,
        JoinTokensService,
        LiveLogsService,
        LogFollowsService,
        ZonedResourcesService,
        OpenStreamsService,
        RunLogsService,
        ScrapeTargetsService,
      ],
    };
  }
}
