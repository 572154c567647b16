import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
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
import { DownloadsStore } from './install/downloads.store.js';
import { InstallerService } from './install/installer.service.js';
import { CommandsController } from './tasks/commands.controller.js';
import { RunLogsService } from './tasks/run-logs.service.js';
import { RunsController } from './tasks/runs.controller.js';
import { TasksController } from './tasks/tasks.controller.js';
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
}

/** Every route of the API and what answers it; NATS, database, clock and log come from outside. */
@Module({})
export class ApiModule {
  static register({ firstAdmin, publicUrl, downloadsDir }: ApiOptions): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        SessionsController,
        ZonesController,
        JoinTokensController,
        PrimariesController,
        AgentsController,
        EnrolmentController,
        TasksController,
        RunsController,
        CommandsController,
      ],
      providers: [
        { provide: FirstAdmin, useValue: firstAdmin },
        { provide: PublicUrl, useValue: publicUrl },
        { provide: DownloadsStore, useValue: new DownloadsStore(downloadsDir) },
        { provide: APP_GUARD, useClass: SessionGuard },
        AuditService,
        AuditStore,
        EnrolmentService,
        FirstAdminService,
        InstallerService,
        JoinTokensService,
        PasswordHasher,
        RequestRecorder,
        RunLogsService,
        SessionsService,
        SessionsStore,
        UsersStore,
      ],
    };
  }
}
