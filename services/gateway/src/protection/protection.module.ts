import { Module } from '@nestjs/common';
import { LimitsService } from './limits.service.js';
import { RequestLimits } from './request-limits.hook.js';

/** Limits for whoever asks too much. */
@Module({ providers: [LimitsService, RequestLimits], exports: [LimitsService] })
export class ProtectionModule {}
