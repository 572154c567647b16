import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { QueryRunner } from 'typeorm';
import { createDataSource } from './data-source.js';
import { connectAndMigrate, connectWhenReachable } from './migrate.js';
import { openTestDatabase, testEnvironment, type TestDatabase } from './test-database.fixture.js';

/** Not repeatable, and slow enough that replicas which do not wait for each other collide. */
class CreateLog1700000000001 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(20))');
    await runner.query('INSERT INTO log (text) SELECT SLEEP(0.2)');
  }
  async down(): Promise<void> {
    // Not needed here.
  }
}

class AddOther1700000000002 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE other (id INT PRIMARY KEY)');
  }
  async down(): Promise<void> {
    // Not needed here.
  }
}

class Broken1700000000003 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABBLE nonsense');
  }
  async down(): Promise<void> {
    // Not needed here.
  }
}

describe('connectAndMigrate', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await openTestDatabase();
  });
  afterEach(() => database.close());

  it('lets one of several replicas that start together migrate, and the others find it done', async () => {
    const { clock, log, lines } = testEnvironment();
    const replicas = [1, 2, 3].map(() => database.dataSource({ migrations: [CreateLog1700000000001, AddOther1700000000002] }));
    await Promise.all(replicas.map((dataSource) => connectAndMigrate({ dataSource, clock, log })));
    expect(lines.map(({ msg }) => msg)).toEqual(['migration applied', 'migration applied']);
    for (const replica of replicas) expect(await replica.query('SELECT COUNT(*) AS n FROM log')).toMatchObject([{ n: 1 }]);
  });

  it('applies only what is new at the next start', async () => {
    const { clock, log, lines } = testEnvironment();
    await connectAndMigrate({ dataSource: database.dataSource({ migrations: [CreateLog1700000000001] }), clock, log });
    await connectAndMigrate({
      dataSource: database.dataSource({ migrations: [CreateLog1700000000001, AddOther1700000000002] }),
      clock,
      log,
    });
    expect(lines).toMatchObject([{ migration: 'CreateLog1700000000001' }, { migration: 'AddOther1700000000002' }]);
  });

  it('fails with a broken migration and frees the lock', async () => {
    const { clock, log } = testEnvironment();
    const broken = database.dataSource({ migrations: [Broken1700000000003] });
    await expect(connectAndMigrate({ dataSource: broken, clock, log })).rejects.toThrow(/TABBLE/);
    await connectAndMigrate({ dataSource: database.dataSource({ migrations: [AddOther1700000000002] }), clock, log });
  });

  it('does not wait for a database that refuses the login', async () => {
    const { clock, log, lines } = testEnvironment();
    const url = new URL(database.url);
    url.password = 'wrong';
    const dataSource = createDataSource({ url: url.href, entities: [], migrations: [], migrationsTable: 'm' });
    await expect(connectWhenReachable({ dataSource, clock, log })).rejects.toThrow(/Access denied/);
    expect(lines).toEqual([]);
  });

  it('waits for an unreachable database, says so once, and gives up at the limit', async () => {
    const { log, lines } = testEnvironment();
    const clock = new FakeClock();
    const dataSource = createDataSource({ url: 'mysql://u:p@127.0.0.1:1/x', entities: [], migrations: [], migrationsTable: 'm' });
    const ended = connectWhenReachable({ dataSource, clock, log, waitMs: 5_000 }).then(
      () => 'connected',
      (error: unknown) => error,
    );
    let outcome: unknown;
    void ended.then((value) => (outcome = value));
    while (outcome === undefined) await clock.advanceAsync(500);
    expect(outcome).toMatchObject({ code: 'UNAVAILABLE', message: 'The database was not reached within 5000 ms' });
    expect(lines).toMatchObject([{ level: 'warn', msg: 'waiting for the database', waitMs: 5_000 }]);
  });
});
