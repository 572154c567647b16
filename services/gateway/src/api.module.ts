import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AgentActionsController } from './agents/agent-actions.controller.js';
import { AgentCredentialsService } from './agents/agent-credentials.service.js';
import { AgentsController } from './agents/agents.controller.js';
import { EnrolmentController } from './agents/enrolment.controller.js';
import { EnrolmentService } from './agents/enrolment.service.js';
import { AuditService } from './audit/audit.service.js';
import { AuditStore } from './audit/audit.store.js';
import { RequestRecorder } from './audit/request-recorder.hook.js';
import { FirstAdmin, FirstAdminService } from './auth/first-admin.service.js';
import { PasswordHasher } from './auth/password-hasher.js';
import { SessionGuard } from './auth/session.guard.js';
import { SessionsController } from './auth/sessions.controller.js';
import { SessionsService } from './auth/sessions.service.js';
import { SessionsStore } from './auth/sessions.store.js';
import { UsersStore } from './auth/users.store.js';
import { CredentialsController } from './credentials/credentials.controller.js';
import { DownloadsStore } from './install/downloads.store.js';
import { InstallerService } from './install/installer.service.js';
import { EventFeedService } from './events/event-feed.service.js';
import { EventLimits } from './events/event-limits.js';
import { EventStreamsService } from './events/event-streams.service.js';
import { EventsController } from './events/events.controller.js';
import { OpenStreamsService } from './events/open-streams.service.js';
import { ScrapeTargetsController } from './prometheus/scrape-targets.controller.js';
import { ScrapeTargetsService } from './prometheus/scrape-targets.service.js';
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
import { PrimariesController } from './zones/primaries.controller.js';
import { PublicUrl } from './zones/public-url.js';
import { ZonesController } from './zones/zones.controller.js';

export interface ApiOptions {
  readonly firstAdmin: FirstAdmin;
  readonly publicUrl: PublicUrl;
  /** What hosts download. */
  readonly downloadsDir: string;
  readonly eventLimits?: EventLimits;
}

/** Every route of the API and what answers it; NATS, database, clock and log come from outside. */
@Module({})
export class ApiModule {
  static register({ firstAdmin, publicUrl, downloadsDir, eventLimits = new EventLimits() }: ApiOptions): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        SessionsController,
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
        EventsController,
        ScrapeTargetsController,
      ],
      providers: [
        { provide: FirstAdmin, useValue: firstAdmin },
        { provide: PublicUrl, useValue: publicUrl },
        { provide: EventLimits, useValue: eventLimits },
        { provide: DownloadsStore, useValue: new DownloadsStore(downloadsDir) },
        { provide: APP_GUARD, useClass: SessionGuard },
        AgentCredentialsService,
        AuditService,
        AuditStore,
        EnrolmentService,
        EventFeedService,
        EventStreamsService,
        FirstAdminService,
        InstallerService,
        JoinTokensService,
        LiveLogsService,
        LogFollowsService,
        OpenStreamsService,
        PasswordHasher,
        RequestRecorder,
        RunLogsService,
        ScrapeTargetsService,
        SessionsService,
        SessionsStore,
        UsersStore,
      ],
    };
  }
}
