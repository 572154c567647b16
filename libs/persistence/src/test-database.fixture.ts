import { randomBytes } from 'node:crypto';
import { SystemClock } from '@klevr/platform/clock';
import { createLogger } from '@klevr/platform/logger';
import { sharedServers } from '@klevr/testing/shared-servers';
import { createConnection } from 'mysql2/promise';
import type { DataSource } from 'typeorm';
import { createDataSource, type EntityClass, type MigrationClass } from './data-source.js';

/** A database of its own on the run's shared server. Every data source it gave is closed with it. */
export interface TestDatabase {
  readonly url: string;
  dataSource(options?: { entities?: EntityClass[]; migrations?: MigrationClass[]; poolSize?: number }): DataSource;
  close(): Promise<void>;
}

export async function openTestDatabase(): Promise<TestDatabase> {
  const { databaseUrl, databaseRootUrl } = sharedServers();
  const url = new URL(databaseUrl);
  url.pathname = `/klevr_${randomBytes(6).toString('hex')}`;
  const name = url.pathname.slice(1);
  const given: DataSource[] = [];
  await asRoot(databaseRootUrl, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  return {
    url: url.href,
    dataSource: ({ entities = [], migrations = [], poolSize = 5 } = {}) => {
      const dataSource = createDataSource({ url: url.href, entities, migrations, migrationsTable: 'migrations_test', poolSize });
      given.push(dataSource);
      return dataSource;
    },
    close: async () => {
      await Promise.all(given.filter((dataSource) => dataSource.isInitialized).map((dataSource) => dataSource.destroy()));
      await asRoot(databaseRootUrl, `DROP DATABASE IF EXISTS ${name}`);
    },
  };
}

/** One statement as the administrator. */
export async function asRoot(rootUrl: string, sql: string): Promise<void> {
  const connection = await createConnection(rootUrl);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
}

/** Clock and log for tests; the lines are kept. */
export const testEnvironment = () => {
  const lines: LogLine[] = [];
  const log = createLogger({
    service: 'test',
    level: 'debug',
    destination: { write: (line) => void lines.push(JSON.parse(line) as LogLine) },
  });
  return { clock: new SystemClock(), log, lines };
};
