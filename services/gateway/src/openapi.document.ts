import { type DynamicModule, Module } from '@nestjs/common';
import { Bus } from '@klevr/messaging/bus';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { ApiModule } from './api.module.js';
import { AuditKeys, newAuditKey } from './audit/audit-keys.js';
import { AuditRetention } from './audit/retention.service.js';
import { IdentitySettings } from './auth/identity-settings.js';
import { createHttpAdapter } from './http/http.adapter.js';
import { apiPrefix, describeApi } from './openapi.builder.js';
import { LimitsRedis } from './protection/limits-redis.client.js';
import { ProtectionSettings } from './protection/protection-settings.js';
import { PublicUrl } from './zones/public-url.js';

/** Stands for what comes from outside; nothing of it is used. */
@Module({})
class Absent {
  static register(): DynamicModule {
    const absent = [Bus, Clock, DataSource, LimitsRedis, Log, ProtectionSettings];
    return { module: Absent, global: true, providers: absent.map((provide) => ({ provide, useValue: undefined })), exports: absent };
  }
}

@Module({})
class ApiRoot {}

/** The document without a running service: no provider is made, nothing is connected. The same as `/api/v1/openapi.json`. */
export async function openApiDocument(): Promise<OpenAPIObject> {
  const api = ApiModule.register({
    identity: new IdentitySettings(),
    publicUrl: new PublicUrl(undefined),
    downloadsDir: [],
    audit: { keys: new AuditKeys(newAuditKey()), retention: new AuditRetention(1) },
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: ApiRoot, imports: [Absent.register(), api] },
    createHttpAdapter(),
    {
      preview: true,
      logger: false,
      abortOnError: false,
    },
  );
  app.setGlobalPrefix(apiPrefix);
  return describeApi(app);
}
