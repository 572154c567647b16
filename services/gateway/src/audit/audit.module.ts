import { Module } from '@nestjs/common';
import { AuditService } from './audit.service.js';
import { AuditStore } from './audit.store.js';
import { RequestRecorder } from './request-recorder.hook.js';

/** Who did what. */
@Module({ providers: [AuditService, AuditStore, RequestRecorder], exports: [RequestRecorder] })
export class AuditModule {}
