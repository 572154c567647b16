import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Column, Entity, PrimaryColumn, DataSource, type EntityManager } from 'typeorm';
import { IdColumn, JsonColumn, jsonValue, sqlId, sqlJson, sqlTime, TimeColumn } from './columns.js';
import { mariadbOptions, silenceLimited } from './data-source.js';
import { duplicateKey, guarded } from './database-errors.js';
import { openTestDatabase, type TestDatabase } from './test-database.fixture.js';
import { inTransaction } from './transaction.js';

@Entity('thing')
class Thing {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @IdColumn({ name: 'zone_id' })
  zoneId!: string;

  @TimeColumn({ name: 'made_at' })
  madeAt!: Date;

  @JsonColumn()
  facts!: unknown;

  @Column({ type: 'bigint' })
  epoch!: string;
}

describe('a MariaDB data source', () => {
  let database: TestDatabase;
  let source: DataSource;
  const valueOf = async (id: number): Promise<number> => {
    const rows = await source.query<{ value: number }[]>('SELECT value FROM counter WHERE id = ?', [id]);
    return rows[0]?.value ?? -1;
  };

  beforeAll(async () => {
    database = await openTestDatabase();
    source = await database.dataSource({ entities: [Thing] }).initialize();
    await source.query('CREATE TABLE counter (id INT PRIMARY KEY, value INT NOT NULL) ENGINE=InnoDB');
    await source.query(
      `CREATE TABLE thing (id ${sqlId} PRIMARY KEY, zone_id ${sqlId} NOT NULL, made_at ${sqlTime} NOT NULL, facts ${sqlJson}, epoch BIGINT UNSIGNED NOT NULL)`,
    );
  });
  afterAll(() => database.close());
  beforeEach(() => source.query('REPLACE INTO counter VALUES (1, 0), (2, 0)'));

  it('keeps times to the millisecond in UTC, JSON, emoji and integers beyond 2^53', async () => {
    const thing = {
      id: 'thing_1',
      zoneId: 'Zone_ä'.replace('ä', 'a'),
      madeAt: new Date('2026-03-29T01:30:00.123Z'),
      facts: { a: ['🦊'] },
      epoch: '18446744073709551615',
    };
    await source.getRepository(Thing).save(thing);
    expect(await source.getRepository(Thing).findOneByOrFail({ id: 'thing_1' })).toEqual(thing);
    const [row] = await source.query<Record<string, unknown>[]>(
      'SELECT made_at, CAST(made_at AS CHAR) AS text, facts, epoch, 5 AS small FROM thing',
    );
    expect(row).toMatchObject({ made_at: thing.madeAt, text: '2026-03-29 01:30:00.123', epoch: thing.epoch, small: 5 });
    expect(jsonValue(row?.['facts'])).toEqual(thing.facts);
  });

  it('runs every connection in UTC, READ COMMITTED, strict, and one statement at a time', async () => {
    const settings =
      'SELECT @@time_zone AS zone, @@tx_isolation AS level, @@idle_transaction_timeout AS idle, @@innodb_lock_wait_timeout AS wait_s';
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => inTransaction(source, (manager) => manager.query<object[]>(settings))),
    );
    for (const [row] of answers) expect(row).toEqual({ zone: '+00:00', level: 'READ-COMMITTED', idle: 30, wait_s: 5 });
    await expect(source.query('SELECT 1; SELECT 2')).rejects.toMatchObject({ errno: 1064 });
    await expect(source.query("INSERT INTO counter VALUES (3, 'abc')")).rejects.toThrow(/Incorrect integer/);
  });

  it('names the duplicate key', async () => {
    const error: unknown = await source.query('INSERT INTO counter VALUES (1, 1)').catch((reason: unknown) => reason);
    expect(duplicateKey(error, 'PRIMARY')).toBe(true);
  });

  it('undoes the work when it throws, and passes the error on', async () => {
    const work = async (manager: EntityManager): Promise<void> => {
      await manager.query('UPDATE counter SET value = 9 WHERE id = 1');
      throw new Error('changed my mind');
    };
    await expect(inTransaction(source, work)).rejects.toThrow('changed my mind');
    expect(await valueOf(1)).toBe(0);
  });

  it('runs the loser of a deadlock again, so that both take effect', async () => {
    let release = (): void => undefined;
    const bothHold = new Promise<void>((resolve) => {
      release = resolve;
    });
    let holding = 0;
    let runs = 0;
    const crossing = (first: number, second: number) =>
      inTransaction(source, async (manager) => {
        runs++;
        await manager.query('UPDATE counter SET value = value + 1 WHERE id = ?', [first]);
        if (++holding === 2) release();
        await bothHold;
        await manager.query('UPDATE counter SET value = value + 1 WHERE id = ?', [second]);
      });
    await Promise.all([crossing(1, 2), crossing(2, 1)]);
    expect([await valueOf(1), await valueOf(2)]).toEqual([2, 2]);
    expect(runs).toBe(3);
  });

  it('gives up on a lock that stays taken and says UNAVAILABLE', async () => {
    const holder = source.createQueryRunner();
    await holder.startTransaction();
    await holder.query('SELECT * FROM counter WHERE id = 1 FOR UPDATE');
    const work = async (manager: EntityManager): Promise<void> => {
      await manager.query('SET SESSION innodb_lock_wait_timeout = 0');
      await manager
        .query('UPDATE counter SET value = 5 WHERE id = 1')
        .finally(() => manager.query('SET SESSION innodb_lock_wait_timeout = 5'));
    };
    await expect(inTransaction(source, work)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 2 });
    await holder.rollbackTransaction();
    await holder.release();
  });

  it('drops a connection on which the server stays silent, and says UNAVAILABLE', async () => {
    const impatient = new DataSource({ ...mariadbOptions(source), entities: [], driver: silenceLimited(100) });
    await impatient.initialize();
    try {
      await expect(inTransaction(impatient, (manager) => manager.query('SELECT SLEEP(60)'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(impatient.query('SELECT 1 AS one')).resolves.toMatchObject([{ one: 1 }]);
    } finally {
      await impatient.destroy();
    }
  });

  it('says UNAVAILABLE when its connection is killed, and works again with a new one', async () => {
    const killed = inTransaction(source, async (manager) => {
      const [row] = await manager.query<{ id: number }[]>('SELECT CONNECTION_ID() AS id');
      await source.query(`KILL ${row?.id ?? 0}`);
      await manager.query('UPDATE counter SET value = 7 WHERE id = 1');
    });
    await expect(killed).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await guarded(() => valueOf(1))).toBe(0);
  });
});
