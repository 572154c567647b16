import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { createDataSource } from '@klevr/persistence/data-source';
import { TestBed } from '@klevr/testing/test-bed';
import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { Credentials1764400000000 } from '../database/credentials.migration.js';
import { contextOf } from './credential-context.js';
import { HookSecrets } from './hook-secrets.js';
import { masterKeysText } from './master-keys.js';
import { RotationStore, boxColumns, type Rotated } from './rotation.store.js';
import { SecretBox } from './secret-box.js';

const keyOf = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [k1, k2] = [keyOf('k1'), keyOf('k2')];
const boxOf = (...keys: string[]): SecretBox => new SecretBox(masterKeysText.parse(keys.join(' ')));

describe('the rotation of the master key', () => {
  let bed: TestBed;
  let database: DataSource;
  const zone = newId('zone');
  beforeAll(async () => {
    bed = await TestBed.open();
    const migrations = [Credentials1764400000000];
    database = await createDataSource({ url: bed.databaseUrl, entities: [], migrations, migrationsTable: 'm' }).initialize();
    await database.runMigrations();
  }, 30_000);
  afterAll(async () => {
    await database.destroy();
    await bed.close();
  }, 30_000);
  beforeEach(() => database.query('DELETE FROM credentials'));

  const fill = async (names: string[], box: SecretBox): Promise<void> => {
    const rows = names.map((name) => [zone, name, '', box.seal(`value of ${name}`, contextOf(zone, name)), 1, '', new Date(), new Date()]);
    await database.query(
      'INSERT INTO credentials (zone_id, name, description, box, value_bytes, created_by, created_at, updated_at) VALUES ?',
      [rows],
    );
  };
  const rotate = async (box: SecretBox, from = database): Promise<Rotated> => {
    const [column] = boxColumns;
    if (column === undefined) throw new Error('no column');
    return new RotationStore(from, box).rotate(column);
  };
  const stored = async (): Promise<[string, string][]> => {
    const rows = await database.query<{ name: string; box: string }[]>('SELECT name, box FROM credentials ORDER BY name');
    return rows.map(({ name, box }) => [name, box]);
  };

  it('moves all that is under other keys, more than one batch of it, and then has nothing more to do', async () => {
    const names = Array.from({ length: 450 }, (_, index) => `N${String(index).padStart(4, '0')}`);
    await fill(names.slice(0, 400), boxOf(k1));
    await fill(names.slice(400), boxOf(k2));
    expect(await rotate(boxOf(k2, k1))).toEqual({ table: 'credentials', looked: 450, moved: 400, locked: [] });
    const only = boxOf(k2);
    const rows = await stored();
    expect(rows.map(([name, box]) => only.open(box, contextOf(zone, name)).toString())).toEqual(names.map((name) => `value of ${name}`));
    expect(await rotate(boxOf(k2, k1))).toMatchObject({ looked: 450, moved: 0 });
    expect(await stored()).toEqual(rows);
  });

  it('leaves what it cannot open as it is, and says so by name', async () => {
    await fill(['LOST'], boxOf(keyOf('k0')));
    await fill(['KEPT'], boxOf(k1));
    const before = (await stored()).at(-1);
    expect(await rotate(boxOf(k2, k1))).toMatchObject({
      ...{ looked: 2, moved: 1, locked: [`${zone}/LOST: its master key k0 is not among the configured ones`] },
    });
    expect((await stored()).at(-1)).toEqual(before);
  });

  it('seals what was stored before its column held boxes', async () => {
    await database.query('CREATE TABLE callbacks (id VARCHAR(36) NOT NULL PRIMARY KEY, secret VARCHAR(600) NOT NULL)');
    await database.query(`INSERT INTO callbacks VALUES ('cb_1', 'whsec_plain')`);
    const column = boxColumns.find(({ table }) => table === 'callbacks');
    if (column === undefined) throw new Error('no column');
    expect(await new RotationStore(database, boxOf(k2)).rotate(column)).toMatchObject({ looked: 1, moved: 1, locked: [] });
    const [row] = await database.query<{ secret: string }[]>('SELECT secret FROM callbacks');
    expect(row?.secret).toMatch(/^kb1\.k2\./);
    expect(new HookSecrets(boxOf(k2)).open(row?.secret ?? '')).toBe('whsec_plain');
  });

  it('does not undo what is changed meanwhile', async () => {
    await fill(['A', 'B'], boxOf(k1));
    const renewed = boxOf(k1).seal('newer', contextOf(zone, 'B'));
    let changed: Promise<unknown> | undefined;
    const query = async (sql: string, parameters: unknown[]): Promise<unknown> => {
      if (sql.startsWith('UPDATE')) await (changed ??= database.query('UPDATE credentials SET box = ? WHERE name = ?', [renewed, 'B']));
      return database.query(sql, parameters);
    };
    await rotate(boxOf(k2, k1), { query } as unknown as DataSource);
    const [, [, box] = ['', '']] = await stored();
    expect(boxOf(k2).open(box, contextOf(zone, 'B')).toString()).toBe('newer');
  });
});
