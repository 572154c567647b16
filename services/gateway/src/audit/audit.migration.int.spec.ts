import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { createDataSource } from '@klevr/persistence/data-source';
import { TestBed } from '@klevr/testing/test-bed';
import type { DataSource } from 'typeorm';
import { migrations, migrationsTable } from '../gateway.migrations.js';
import { AuditEntriesStore } from './audit-entries.store.js';
import { AuditKeys, newAuditKey } from './audit-keys.js';
import { AuditChain1790000200000 } from './audit.migration.js';
import { AuditStore } from './audit.store.js';
import { auditSample } from './audit-sample.fixture.js';
import { checkDatabase } from './verify/database-check.service.js';

describe('the migration to the chain', () => {
  let bed: TestBed;
  let database: DataSource;
  const earlier = 1_203;

  beforeAll(async () => {
    bed = await TestBed.open();
    const before = migrations.slice(0, migrations.indexOf(AuditChain1790000200000));
    const old = createDataSource({ url: bed.databaseUrl, entities: [], migrations: before, migrationsTable });
    await old.initialize();
    await old.runMigrations();
    const ids = Array.from({ length: earlier }, () => newId('audit'));
    const rows = ids.map((id, at) => [
      id,
      new Date(1_000 * at),
      null,
      'ä',
      '::1',
      'POST /x',
      '/x',
      at % 2 === 0 ? 201 : 403,
      null,
      'a'.repeat(32),
    ]);
    await old.query('INSERT INTO audit (id, at, user_id, username, address, action, target, status, code, trace_id) VALUES ?', [rows]);
    await old.destroy();
    database = createDataSource({ url: bed.databaseUrl, entities: [], migrations, migrationsTable });
    await database.initialize();
  }, 60_000);

  afterAll(async () => {
    await database.destroy();
    await bed.close();
  });

  const check = () => checkDatabase(new AuditEntriesStore(database), undefined, []);

  it('carries over what was there, in its order, and what comes follows on it', async () => {
    await database.runMigrations();
    expect(await check()).toMatchObject({ entries: earlier });
    await new AuditStore(database).append([auditSample(1), auditSample(2)], false);
    expect(await check()).toMatchObject({ entries: earlier + 2, last: { seq: earlier + 2 } });
    expect(
      await database.query('SELECT outcome, COUNT(*) AS n FROM audit_entries WHERE seq <= ? GROUP BY outcome ORDER BY outcome', [earlier]),
    ).toEqual([
      { outcome: 'granted', n: 602 },
      { outcome: 'refused', n: 601 },
    ]);
  });

  it('appends nothing twice where an earlier try is repeated', async () => {
    await new AuditStore(database).append([auditSample(2), auditSample(3)], true);
    expect(await check()).toMatchObject({ entries: earlier + 3 });
  });

  it('stores any text so that it is read as it was written', async () => {
    const texts = ['\u0000', "'; --", '\\', '\ud83d\ude00', ' trailing ', '\n\r\u2028', 'ß'];
    await new AuditStore(database).append(
      texts.map((text, at) => ({
        ...auditSample(100 + at),
        username: text,
        userAgent: text,
        target: text,
        change: JSON.stringify({ after: text }),
      })),
      false,
    );
    expect(await check()).toMatchObject({ entries: earlier + 3 + texts.length });
  });

  it('can be verified with the command, which says where it is at fault', async () => {
    const [entries, keys] = [new AuditEntriesStore(database), new AuditKeys(newAuditKey())];
    const head = await bed.file(
      'head.json',
      JSON.stringify(keys.sign('klevr-audit-head', await entries.head(), new Date(0).toISOString())),
    );
    const keysFile = await bed.file('keys.json', JSON.stringify({ keys: keys.publicKeys }));
    const verify = (...args: string[]) => ended(['--database', bed.databaseUrl, ...args]);
    expect(await verify('--head', head, '--keys', keysFile)).toEqual({
      code: 0,
      text: expect.stringMatching(/is whole: 1213 entries from 1 on.*\n1 of the heads that were given lie on it/),
    });
    expect(await verify('--head', head)).toMatchObject({ code: 1, text: expect.stringContaining('no keys to check it with') });
    await database.query("UPDATE audit_entries SET target = '/y' WHERE seq = 700");
    expect(await verify()).toMatchObject({ code: 1, text: expect.stringContaining('NOT whole. First fault at 700') });
    await database.query("UPDATE audit_entries SET target = '/x' WHERE seq = 700");
    expect(await verify('--head', '/nowhere')).toMatchObject({ code: 2, text: expect.stringContaining('Not checked') });
  }, 60_000);

  it('can be undone and done again', async () => {
    for (let undone = 0; undone < migrations.length - migrations.indexOf(AuditChain1790000200000); undone++)
      await database.undoLastMigration();
    expect(await database.query('SELECT COUNT(*) AS n FROM audit')).toEqual([{ n: earlier + 10 }]);
    await database.runMigrations();
    expect(await check()).toMatchObject({ entries: earlier + 10 });
  });
});

const program = fileURLToPath(new URL('../../dist/audit/verify/main.js', import.meta.url));

/** How the command ended, and what it has said. */
async function ended(args: string[]): Promise<{ code: number; text: string }> {
  const options = { timeout: 30_000, env: { PATH: process.env.PATH ?? '' } };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), text: `${stdout}${stderr}` }),
    );
  });
}
