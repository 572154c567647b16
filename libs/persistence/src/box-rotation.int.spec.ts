import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { masterKeysText } from '@klevr/platform/master-keys';
import { SecretBox } from '@klevr/platform/secret-box';
import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { BoxRotation, type BoxColumn, type Rotated } from './box-rotation.js';
import { openTestDatabase, type TestDatabase } from './test-database.fixture.js';

const keyOf = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [k1, k2] = [keyOf('k1'), keyOf('k2')];
const boxOf = (...keys: string[]): SecretBox => new SecretBox(masterKeysText.parse(keys.join(' ')));

const zone = 'zone_1';
const contextOf = (zoneId: string, name: string): string => `secrets ${zoneId} ${name}`;
const column: BoxColumn = {
  ...{ table: 'secrets', key: ['zone_id', 'name'], column: 'box' },
  contextOf: ([zoneId = '', name = '']) => contextOf(zoneId, name),
};
interface Template {
  readonly name: string;
  readonly secrets: readonly string[];
}
const inside: BoxColumn = {
  ...{ table: 'templates', key: ['id'], column: 'content' },
  contextOf: ([id = '']) => `templates ${id}`,
  within: (text, change) => {
    const template = JSON.parse(text) as Template;
    return JSON.stringify({ ...template, secrets: template.secrets.map(change) });
  },
};

describe('the rotation of the master key', () => {
  let test: TestDatabase;
  let database: DataSource;
  beforeAll(async () => {
    test = await openTestDatabase();
    database = await test.dataSource().initialize();
    const ascii = 'CHARACTER SET ascii COLLATE ascii_bin';
    await database.query(
      `CREATE TABLE secrets (zone_id VARCHAR(36) ${ascii}, name VARCHAR(128) ${ascii}, box TEXT ${ascii} NOT NULL, PRIMARY KEY (zone_id, name))`,
    );
    await database.query('CREATE TABLE templates (id VARCHAR(36) PRIMARY KEY, content JSON NOT NULL)');
  }, 30_000);
  afterAll(() => test.close(), 30_000);
  beforeEach(() => database.query('DELETE FROM secrets'));

  const fill = async (names: string[], box: SecretBox): Promise<void> => {
    const rows = names.map((name) => [zone, name, box.seal(`value of ${name}`, contextOf(zone, name))]);
    await database.query('INSERT INTO secrets VALUES ?', [rows]);
  };
  const rotate = (box: SecretBox, from: Pick<DataSource, 'query'> = database): Promise<Rotated> =>
    new BoxRotation(from, box).rotate(column);
  const stored = async (): Promise<[string, string][]> => {
    const rows = await database.query<{ name: string; box: string }[]>('SELECT name, box FROM secrets ORDER BY name');
    return rows.map(({ name, box }) => [name, box]);
  };

  it('moves all that is under other keys, more than one batch of it, and then has nothing more to do', async () => {
    const names = Array.from({ length: 450 }, (_, index) => `N${String(index).padStart(4, '0')}`);
    await fill(names.slice(0, 400), boxOf(k1));
    await fill(names.slice(400), boxOf(k2));
    expect(await rotate(boxOf(k2, k1))).toEqual({ table: 'secrets', looked: 450, moved: 400, locked: [] });
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

  it('seals what was stored before its column held boxes, and at the start of a service nothing else', async () => {
    const old = boxOf(k1).seal('older', contextOf(zone, 'OLD'));
    await database.query('INSERT INTO secrets VALUES (?, ?, ?), (?, ?, ?)', [zone, 'PLAIN', 'whsec_plain', zone, 'OLD', old]);
    expect(await new BoxRotation(database, boxOf(k2, k1)).sealPlain(column)).toMatchObject({ looked: 2, moved: 1, locked: [] });
    const rows = new Map(await stored());
    expect(rows.get('OLD')).toBe(old);
    expect(
      boxOf(k2)
        .open(rows.get('PLAIN') ?? '', contextOf(zone, 'PLAIN'))
        .toString(),
    ).toBe('whsec_plain');
  });

  it('moves secrets that stand inside of something larger, each of them, and leaves the rest of it as it is', async () => {
    const sealed = boxOf(k1).seal('one', 'templates t1');
    await database.query('INSERT INTO templates VALUES (?, ?)', ['t1', JSON.stringify({ name: 'ä "x"', secrets: [sealed, 'plain'] })]);
    const rotation = new BoxRotation(database, boxOf(k2, k1));
    expect(await rotation.rotate(inside)).toMatchObject({ looked: 1, moved: 1, locked: [] });
    expect(await rotation.rotate(inside)).toMatchObject({ looked: 1, moved: 0 });
    const [row] = await database.query<{ text: string }[]>("SELECT CONCAT(content, '') text FROM templates");
    const { name, secrets } = JSON.parse(row?.text ?? '{}') as Template;
    expect([name, ...secrets.map((secret) => boxOf(k2).open(secret, 'templates t1').toString())]).toEqual(['ä "x"', 'one', 'plain']);
  });

  it('does not undo what is changed meanwhile', async () => {
    await fill(['A', 'B'], boxOf(k1));
    const renewed = boxOf(k1).seal('newer', contextOf(zone, 'B'));
    let changed: Promise<unknown> | undefined;
    const query = async (sql: string, parameters: unknown[]): Promise<unknown> => {
      if (sql.startsWith('UPDATE')) await (changed ??= database.query('UPDATE secrets SET box = ? WHERE name = ?', [renewed, 'B']));
      return database.query(sql, parameters);
    };
    await rotate(boxOf(k2, k1), { query } as never);
    const [, [, box] = ['', '']] = await stored();
    expect(boxOf(k2).open(box, contextOf(zone, 'B')).toString()).toBe('newer');
  });
});
