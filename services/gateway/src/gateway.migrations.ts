import type { MigrationClass } from '@klevr/persistence/data-source';
import { AuditChain1790000200000 } from './audit/audit.migration.js';
import { ApiTokens1790000300000 } from './auth/api-tokens.migration.js';
import { CreateGatewayTables1790000000000 } from './gateway.migration.js';
import { Identity1790000100000 } from './identity.migration.js';
import { Oidc1790000400000 } from './oidc/oidc.migration.js';

/** All of them, in the order of their time. */
export const migrations: MigrationClass[] = [
  CreateGatewayTables1790000000000,
  Identity1790000100000,
  AuditChain1790000200000,
  ApiTokens1790000300000,
  Oidc1790000400000,
];
export const migrationsTable = 'migrations_gateway';
