import { Module } from '@nestjs/common';
import { LimitsService } from './limits.service.js';

/** Limits for whoever asks too much. */
@Module({ providers: [LimitsService], exports: [LimitsService] })
export class ProtectionModule {}
