import type { Logger } from 'typeorm';

/** TypeORM prints failures to the console, migrations even when logging is off. Whoever handles an error tells it, as a line of the service's log. */
export const silentOrmLog: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};
