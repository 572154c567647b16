import { readFileSync } from 'node:fs';
import { isIP, Socket } from 'node:net';
import { createPool, type Connection, type Pool, type PoolOptions } from 'mysql2';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { silentOrmLog } from './silent-orm-log.js';

/**
 * A TypeORM data source for MariaDB, as every service uses it.
 *
 * Promises: utf8mb4; times are UTC on both sides and have milliseconds (`datetime(3)` columns, JavaScript Dates); BIGINT beyond 2^53 comes back as a
 * string, below as a number (raw queries; entities give strings); READ COMMITTED; strict SQL mode; one statement a query; dead connections are
 * replaced, so a restart of MariaDB costs errors, not a restart of the service; no wait without an end (connect 5 s, row lock 5 s, 30 s without a
 * byte from the server, idle inside a transaction 30 s, the queue for a connection is limited).
 * Does not promise: to connect at once (see migrate.ts), or to retry anything (see transaction.ts).
 */
export interface DatabaseOptions {
  /** mysql://user:password@host:port/database, user and password percent-encoded; `?socket=/path` for a unix socket, `?ssl` for TLS. */
  readonly url: string;
  /** The certificate of the authority that signed the server's: TLS, and no other authority is believed. */
  readonly caFile?: string | undefined;
  readonly entities: readonly EntityClass[];
  readonly migrations: readonly MigrationClass[];
  /** One a service, so that services may share a database. */
  readonly migrationsTable: string;
  readonly poolSize?: number;
  /** How long a statement may go on without a byte from the server; 30 s unless said. */
  readonly silenceMs?: number;
}

export type EntityClass = abstract new (...args: never[]) => object;
export type MigrationClass = new () => object;

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_SILENCE_MS = 30_000;
const WAITING_CALLS_PER_CONNECTION = 100;

/** MariaDB ends a connection that stays idle inside a transaction, so that the locks of a host that vanished are freed. */
const sessionSql = [
  "SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = 5, idle_transaction_timeout = 30, " +
    "sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

export function createDataSource({
  url,
  caFile,
  entities,
  migrations,
  migrationsTable,
  poolSize = 10,
  silenceMs = STATEMENT_SILENCE_MS,
}: DatabaseOptions): DataSource {
  const address = new URL(url);
  const socketPath = address.searchParams.get('socket');
  const options: DataSourceOptions = {
    type: 'mariadb',
    driver: silenceLimited(silenceMs),
    ...(socketPath === null ? { host: address.hostname, port: Number(address.port || 3306) } : { socketPath }),
    username: decodeURIComponent(address.username),
    password: decodeURIComponent(address.password),
    database: decodeURIComponent(address.pathname.slice(1)),
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: false,
    multipleStatements: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(socketPath === null ? tlsOptions(address, caFile) : {}),
    poolSize,
    // A stack for each query, for the few that fail: TypeORM's own errors name the caller too.
    trace: false,
    extra: { queueLimit: poolSize * WAITING_CALLS_PER_CONNECTION, enableKeepAlive: true, keepAliveInitialDelay: 5_000 },
    entities: [...entities],
    migrations: [...migrations],
    migrationsTableName: migrationsTable,
    migrationsTransactionMode: 'each',
    synchronize: false,
    logger: silentOrmLog,
  };
  return new DataSource(options);
}

/** The server's certificate and its name are verified; mysql2 would take a certificate for `localhost` for that of any address. */
function tlsOptions(address: URL, caFile: string | undefined): { ssl?: object } {
  const asked = address.searchParams.get('ssl');
  if (caFile === undefined && (asked === null || asked === 'false')) return {};
  if (isIP(address.hostname.replace(/^\[|\]$/g, '')) !== 0)
    throw new Error(
      'With TLS the database has to be given by its name, which its certificate is verified by: put a name in the place of the address in KLEVR_DATABASE_URL',
    );
  const verified = { rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2' };
  return { ssl: caFile === undefined ? verified : { ...verified, ca: readFileSync(caFile) } };
}

/** The options of a data source, to make another from with a few of them changed. */
export function mariadbOptions({ options }: DataSource): Extract<DataSourceOptions, { type: 'mariadb' | 'mysql' }> {
  if (options.type !== 'mariadb') throw new TypeError(`this is for MariaDB, not for ${options.type}`);
  return options;
}

/**
 * The driver for a data source: mysql2, whose connections set up their session before their first use and are dropped once the server was silent
 * for this long (mysql2's own time limit would leave the dead connection in the pool). An idle connection is dropped likewise; the next use
 * makes a new one.
 */
export const silenceLimited = (silenceMs: number): { createPool: (options: PoolOptions) => Pool } => ({
  createPool: (options) => {
    const pool = createPool(options);
    pool.on('connection', (connection) => {
      const raw: unknown = connection;
      prepareSession(raw as Connection);
      limitSilence(raw as Connection, silenceMs);
    });
    return pool;
  },
});

/** A connection without its session settings must not be used: its times and locks would be others. */
function prepareSession(connection: Connection): void {
  for (const sql of sessionSql) {
    connection.query(sql, (error) => {
      if (!error) return;
      process.emitWarning(`a database connection could not be set up: ${error.message}`);
      connection.destroy();
    });
  }
}

function limitSilence(connection: Connection, silenceMs: number): void {
  const stream: unknown = 'stream' in connection ? connection.stream : undefined;
  if (!(stream instanceof Socket)) throw new TypeError('this version of mysql2 does not show its socket');
  stream.setTimeout(silenceMs, () => {
    const silent = Object.assign(new Error(`the database was silent for ${silenceMs} ms`), { code: 'ETIMEDOUT' });
    // Nobody's code is at fault; and Node reads the stack, for which the whole source map of the service would be taken in.
    silent.stack = `${silent.name}: ${silent.message}`;
    stream.destroy(silent);
  });
}
