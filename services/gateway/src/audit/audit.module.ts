import { type DynamicModule, Module } from '@nestjs/common';
import { AuditEntriesStore } from './audit-entries.store.js';
import { AuditFiltersService } from './audit-filters.service.js';
import { AuditKeys } from './audit-keys.js';
import { AuditTrailService } from './audit-trail.service.js';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';
import { AuditStore } from './audit.store.js';
import { BeforeStateService } from './before-state.service.js';
import { GatewayThingsStore } from './gateway-things.store.js';
import { RequestRecorder } from './request-recorder.hook.js';
import { AuditRetention, RetentionService } from './retention.service.js';
import { RetentionStore } from './retention.store.js';

export interface AuditOptions {
  readonly keys: AuditKeys;
  readonly retention: AuditRetention;
}

/** Who did what. */
@Module({})
export class AuditModule {
  static register({ keys, retention }: AuditOptions): DynamicModule {
    return {
      module: AuditModule,
      controllers: [AuditController],
      providers: [
        { provide: AuditKeys, useValue: keys },
        { provide: AuditRetention, useValue: retention },
        AuditEntriesStore,
        AuditFiltersService,
        AuditService,
        AuditStore,
        AuditTrailService,
        BeforeStateService,
        GatewayThingsStore,
        RequestRecorder,
        RetentionService,
        RetentionStore,
      ],
      exports: [BeforeStateService, RequestRecorder],
    };
  }
}
