import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startMariadb, type PrivateMariadb } from '@klevr/launcher/private-mariadb';
import { findServers, type ServerPrograms } from '@klevr/launcher/server-binaries';
import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { connectAndMigrate } from './migrate.js';
import { createOutboxSql, outboxTable, appendOutbox } from './outbox.js';
import { OutboxRelay } from './outbox-relay.js';
import { FakeBroker } from './fake-broker.fixture.js';
import { asRoot, testEnvironment } from './test-database.fixture.js';
import { inTransaction } from './transaction.js';

const table = outboxTable('restart');

// A server of its own, because it is stopped, limited and made read-only.
describe('a MariaDB that comes and goes', () => {
  let dir: string;
  let programs: ServerPrograms;
  let server: PrivateMariadb;
  let source: DataSource;
  const { clock, log, lines } = testEnvironment();
  const start = (port?: number): Promise<PrivateMariadb> =>
    startMariadb({ programs: programs.mariadb, dir, ...(port === undefined ? {} : { port }) });
  const insert = (id: string): Promise<void> =>
    inTransaction(source, (manager) => appendOutbox(manager, table, [{ id, subject: 'event.a', headers: {}, body: id }]));

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'klevr-restart-'));
    programs = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress: () => undefined });
    server = await start();
    source = createDataSource({ url: server.url, entities: [], migrations: [], migrationsTable: 'm', poolSize: 3 });
    await connectAndMigrate({ dataSource: source, clock, log });
    for (const sql of createOutboxSql(table)) await source.query(sql);
  }, 60_000);
  afterAll(async () => {
    await source.destroy();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('says UNAVAILABLE while it is away, serves again after its return, and has what was committed', async () => {
    const broker = new FakeBroker();
    const relay = new OutboxRelay({ dataSource: source, table, publish: broker.publish, clock, log });
    await Promise.all(['m1', 'm2', 'm3'].map(insert));
    const { port } = server;
    server.kill('SIGKILL');
    await server.exited;
    await expect(insert('lost')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    relay.start();
    server = await start(port);
    await insert('m4');
    relay.retryNow();
    await broker.has(4);
    await relay.stop();
    expect(broker.stored.map(({ id }) => id).sort()).toEqual(['m1', 'm2', 'm3', 'm4']);
  }, 60_000);

  it('is waited for at the start of a service', async () => {
    const { port } = server;
    await server.stop();
    const late = createDataSource({ url: server.url, entities: [], migrations: [], migrationsTable: 'm' });
    lines.length = 0;
    const connected = connectAndMigrate({ dataSource: late, clock, log });
    server = await start(port);
    await connected;
    expect(lines.map(({ msg }) => msg)).toEqual(['waiting for the database', 'database reached']);
    await late.destroy();
  }, 60_000);

  it('says UNAVAILABLE while it is read-only, and not afterwards', async () => {
    await asRoot(server.rootUrl, 'SET GLOBAL read_only = 1');
    await expect(insert('refused')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await asRoot(server.rootUrl, 'SET GLOBAL read_only = 0');
    await expect(insert('m5')).resolves.toBeUndefined();
  });

  it('says UNAVAILABLE when it takes no more connections', async () => {
    const crowd = createDataSource({ url: server.url, entities: [], migrations: [], migrationsTable: 'm', poolSize: 20 });
    await crowd.initialize();
    await asRoot(server.rootUrl, 'SET GLOBAL max_connections = 10');
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () => inTransaction(crowd, (manager) => manager.query('SELECT SLEEP(0.2)'))),
    );
    const refused = all.filter((one) => one.status === 'rejected').map(({ reason }): unknown => reason);
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'UNAVAILABLE' });
    await crowd.destroy();
    await asRoot(server.rootUrl, 'SET GLOBAL max_connections = 200');
  });
});
