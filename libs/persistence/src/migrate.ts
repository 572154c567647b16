import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { databaseCureOf } from '@klevr/platform/tls-cures';
import { AppError } from '@klevr/contracts/errors';
import { DataSource, type QueryRunner } from 'typeorm';
import { mariadbOptions, silenceLimited } from './data-source.js';
import { databaseUnavailable } from './database-errors.js';

export interface StartOptions {
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly log: Log;
  /** How long an unreachable database is waited for; then the start fails, and whoever supervises the process decides. */
  readonly waitMs?: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const LOCK_WAIT_SECONDS = 300;
const LOCK_NAME_LENGTH = 64;
const MIGRATION_STATEMENT_MS = 1_800_000;

/**
 * Connects, waiting while the database cannot be reached, and brings the tables up to date.
 *
 * Promises: of replicas that start together one migrates and the others wait for it (a named lock of this migrations table, five minutes at most).
 * A wait is logged when it begins, with its limit, and when it ends. A refused login or an unknown database is not waited for.
 * Does not promise: that a migration which failed half-way is undone. MariaDB commits each DDL statement, so statements say IF NOT EXISTS.
 */
export async function connectAndMigrate(options: StartOptions): Promise<void> {
  await connectWhenReachable(options);
  await migrate(options.dataSource, options.log);
}

export async function connectWhenReachable({ dataSource, clock, log, waitMs = 60_000 }: StartOptions): Promise<void> {
  const startMs = clock.monotonicMs();
  for (let attempt = 0; ; attempt++) {
    try {
      await dataSource.initialize();
      if (attempt > 0) log.info({ waitedMs: Math.round(clock.monotonicMs() - startMs) }, 'database reached');
      return;
    } catch (error) {
      const cure = databaseCureOf(error);
      if (!databaseUnavailable(error))
        throw cure === undefined
          ? error
          : new AppError('UNAVAILABLE', `The database cannot be used, ${String(error)}: ${cure}`, { cause: error });
      if (attempt === 0) log.warn({ error, cure, waitMs }, 'waiting for the database');
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
      if (clock.monotonicMs() - startMs + pauseMs > waitMs)
        throw new AppError('UNAVAILABLE', `The database was not reached within ${waitMs} ms`, { cause: error });
      // No event tells that a server came up; this is the start, not a path of work.
      await new Promise<void>((resolve) => clock.setTimer(resolve, pauseMs));
    }
  }
}

export async function migrate(dataSource: DataSource, log: Log): Promise<void> {
  const { database, migrationsTableName } = dataSource.options;
  const lockName = `${String(database)}.${String(migrationsTableName)}`.slice(-LOCK_NAME_LENGTH);
  // Its own connections: a change of a large table outlasts the statement limit of the service, and closing them frees the lock in every case.
  const migrator = new DataSource({
    ...mariadbOptions(dataSource),
    entities: [],
    poolSize: 2,
    driver: silenceLimited(MIGRATION_STATEMENT_MS),
  });
  await migrator.initialize();
  try {
    const runner = migrator.createQueryRunner();
    await takeLock(runner, lockName);
    const applied = await migrator.runMigrations({ transaction: 'each' });
    for (const { name } of applied) log.info({ migration: name }, 'migration applied');
    await runner.release();
  } finally {
    await migrator.destroy();
  }
}

async function takeLock(runner: QueryRunner, name: string): Promise<void> {
  const rows: { taken: number | null }[] = await runner.manager.query('SELECT GET_LOCK(?, ?) AS taken', [name, LOCK_WAIT_SECONDS]);
  if (rows[0]?.taken !== 1) throw new AppError('UNAVAILABLE', `Another replica has been migrating for ${LOCK_WAIT_SECONDS} seconds`);
}
