import { type DynamicModule, Module } from '@nestjs/common';
import { PersistenceModule } from '@klevr/persistence/persistence.module';
import { ApiModule } from './api.module.js';
import { AuditKeys } from './audit/audit-keys.js';
import { AuditRetention } from './audit/retention.service.js';
import { identitySettingsOf } from './auth/identity-settings.js';
import { BusModule } from './bus.module.js';
import { EventLimits } from './events/event-limits.js';
import type { GatewayConfig } from './gateway.config.js';
import { migrations, migrationsTable } from './gateway.migrations.js';
import { ProtectionSurroundings } from './protection/surroundings.module.js';
import { oidcSettingsOf } from './oidc/oidc-settings.js';
import { PublicUrl } from './zones/public-url.js';

const DATABASE_SILENCE_MS = 10_000;

/** The service as it runs. */
@Module({})
export class AppModule {
  static register(config: GatewayConfig, eventLimits = new EventLimits()): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PersistenceModule.register({
          url: config.databaseUrl,
          caFile: config.databaseCaFile,
          entities: [],
          migrations,
          migrationsTable,
          // Somebody waits for the answer, and is told 503 then.
          silenceMs: DATABASE_SILENCE_MS,
        }),
        BusModule.register(config),
        ProtectionSurroundings.register(config),
        ApiModule.register({
          identity: identitySettingsOf(config),
          oidc: oidcSettingsOf(config, config.publicUrl),
          publicUrl: new PublicUrl(config.publicUrl),
          downloadsDir: config.downloadsDir,
          audit: { keys: new AuditKeys(config.auditKey), retention: new AuditRetention(config.keepAuditDays) },
          eventLimits,
        }),
      ],
    };
  }
}
