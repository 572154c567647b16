import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDataSource } from '@klevr/persistence/data-source';
import { TestBed } from '@klevr/testing/test-bed';
import type { DataSource } from 'typeorm';
import { migrations } from './migrations.js';

/** A time-out that may be without end stays so: no number could tell what was stored since. */
const endless = (line: string): string => line.replace(/^(\w+ timeout_seconds double) NO$/, '$1 YES');

describe('the migrations of runs and tasks', () => {
  let bed: TestBed;
  let database: DataSource;

  /** Columns and indexes, whatever their order. */
  const schema = async (): Promise<string[]> => {
    const told = await database.query<{ line: string }[]>(
      `SELECT CONCAT_WS(' ', table_name, column_name, column_type, is_nullable, generation_expression) line FROM information_schema.columns
         WHERE table_schema = DATABASE() AND table_name IN ('runs', 'tasks')
       UNION ALL SELECT CONCAT_WS(' ', table_name, index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index)) line FROM information_schema.statistics
         WHERE table_schema = DATABASE() AND table_name IN ('runs', 'tasks') GROUP BY table_name, index_name`,
    );
    return told.map(({ line }) => endless(line)).sort();
  };

  beforeAll(async () => {
    bed = await TestBed.open();
    database = createDataSource({ url: bed.databaseUrl, entities: [], migrations, migrationsTable: 'migrations_test' });
    await database.initialize();
  });
  afterAll(async () => {
    await database.destroy();
    await bed.close();
  });

  it('undo what they did, each of them', async () => {
    const [first, ...later] = migrations.map((Migration) => new Migration());
    const runner = database.createQueryRunner();
    await first?.up(runner);
    for (const migration of later) {
      const before = await schema();
      await migration.up(runner);
      const after = await schema();
      await migration.down(runner);
      expect({ name: migration.name, schema: await schema() }).toEqual({ name: migration.name, schema: before });
      await migration.up(runner);
      expect({ name: migration.name, schema: await schema() }).toEqual({ name: migration.name, schema: after });
    }
    await runner.release();
  });
});
