import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDataSource } from '@klevr/persistence/data-source';
import { TestBed } from '@klevr/testing/test-bed';
import type { DataSource } from 'typeorm';
import { insertRows, type SqlValue } from '../database/bulk.store.js';
import { migrations } from '../database/migrations.js';
import { readCapacities } from './places.store.js';

describe('what is left of concurrency keys', () => {
  let bed: TestBed;
  let database: DataSource;
  const waiting = 3_000;

  beforeAll(async () => {
    bed = await TestBed.open();
    database = createDataSource({ url: bed.databaseUrl, entities: [], migrations, migrationsTable: 'migrations_test', poolSize: 1 });
    await database.initialize();
    await database.runMigrations();
    const columns = [
      'id',
      'task_id',
      'zone_id',
      'target_kind',
      'state',
      'due',
      'priority',
      'timeout_seconds',
      'created_at',
      'concurrency_key',
    ];
    const row = (id: string, acceptedAt: Date | null, waitCode: string | null): SqlValue[] => [
      ...[id, 'task_1', 'zone_1', 'agent', 'queued', false, 0, 60, new Date(), 'db'],
      ...[acceptedAt, waitCode],
    ];
    const rows = Array.from({ length: waiting }, (_, index) => row(`run_${index}`, null, null));
    rows.push(row('run_unseen', new Date(), 'AGENT_OFFLINE'), row('run_fenced', null, 'AGENT_FENCED'));
    await insertRows(database.manager, { table: 'runs', columns: [...columns, 'accepted_at', 'wait_code'] }, rows);
    await database.query(`INSERT INTO concurrency_keys (zone_id, name, capacity) VALUES ('zone_1', 'db', 5)`);
  }, 60_000);
  afterAll(async () => {
    await database.destroy();
    await bed.close();
  });

  it('is told by reading those that are out of sight alone, however many wait for hosts that are away', async () => {
    const read = async (): Promise<number> => {
      const rows = await database.query<{ Value: string }[]>(`SHOW SESSION STATUS LIKE 'Handler_read%'`);
      return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
    };
    const before = await read();
    expect(await readCapacities(database.manager, 'zone_1', ['db', 'other'])).toEqual(
      new Map([
        ['db', 3],
        ['other', 1],
      ]),
    );
    // Showing reads as well.
    expect((await read()) - before).toBeLessThan(waiting / 2);
  });
});
