import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { AppError } from '@klevr/contracts/errors';
import { eventually } from '@klevr/testing/eventually';
import { GatewayBed } from '../gateway.fixture.js';
import { createDataSource } from '@klevr/persistence/data-source';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import * as samples from '../samples.fixture.js';
import { AuditEntriesStore } from './audit-entries.store.js';
import { AuditKeys, SignedPlace } from './audit-keys.js';
import { RetentionService } from './retention.service.js';
import { checkDatabase } from './verify/database-check.service.js';
import { checkExport } from './verify/export-check.js';
import { AuditPage, type AuditRecord } from './audit-schemas.js';

describe('the audit trail', () => {
  let gateway: GatewayBed;
  const apps: NestFastifyApplication[] = [];
  const zonePath = `/api/v1/zones/${samples.zone.name}`;

  const list = async (query: Record<string, string> = {}): Promise<AuditPage> => {
    const answer = await gateway.send('GET', `/api/v1/audit?${new URLSearchParams(query).toString()}`);
    expect(answer).toMatchObject({ status: 200 });
    return AuditPage.parse(answer.json);
  };
  const newest = async (action: string): Promise<AuditRecord | undefined> => (await list({ action, limit: '1' })).items[0];

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    apps.push(await gateway.start(), await gateway.start());
    await gateway.signIn();
  }, 60_000);

  afterAll(() => gateway.close());

  it('has a change before it is answered, with what was before and is after', async () => {
    const { status } = await gateway.send('PATCH', zonePath, {
      body: { platform: 'laptop' },
      headers: { 'user-agent': 'tester/1', traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` },
    });
    expect(status).toBe(200);
    expect(await newest('PATCH')).toMatchObject({
      username: 'admin',
      callerKind: 'session',
      callerId: expect.stringMatching(/^login_/),
      address: '127.0.0.1',
      userAgent: 'tester/1',
      action: 'PATCH /api/v1/zones/:zone',
      target: zonePath,
      thingKind: 'zone',
      thingId: samples.zone.id,
      zoneId: samples.zone.id,
      outcome: 'granted',
      status: 200,
      code: null,
      traceId: '1'.repeat(32),
      change: {
        before: { platform: samples.zone.platform, revision: samples.zone.revision },
        after: { platform: 'laptop', revision: 2 },
        asked: { platform: 'laptop' },
      },
    });
  });

  it('has all the answers of two replicas in one chain without gaps', async () => {
    const change = (replica: number) => gateway.send('POST', `/api/v1/agents/${samples.agent.id}/drain`, { replica });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, at) => change(at % 2)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const { items } = await list({ limit: '200' });
    expect(items.map(({ seq }) => seq)).toEqual(items.map((_, at) => items.length - at));
    expect(items.filter(({ action }) => action.endsWith('/drain'))).toHaveLength(60);
  });

  it('knows a refused attempt of the zone that it was meant for, and what was not possible', async () => {
    gateway.answer(taskManagerRpc.createCredential, () => {
      throw new AppError('CONFLICT', 'There is one already');
    });
    await gateway.send('POST', `${zonePath}/credentials`, { body: { name: 'a', value: 'geheim und lang' } });
    expect(await eventually('the entry', 10_000, () => newest('POST /api/v1/zones/:zone/credentials'))).toMatchObject({
      outcome: 'failed',
      code: 'CONFLICT',
      zoneId: samples.zone.id,
      change: null,
    });
    await gateway.send('POST', '/api/v1/zones', { token: 'klevr_s_x', body: { name: 'a' } });
    await eventually('the refusal', 10_000, async () =>
      (await list({ outcome: 'refused', action: 'POST /api/v1/zones' })).items.length > 0 ? true : undefined,
    );
  });

  it('has no secret of any change', async () => {
    await gateway.send('PATCH', `${zonePath}/credentials/DB_PASSWORD`, { body: { value: 'geheim und lang' } });
    await gateway.send('POST', `${zonePath}/join-tokens`, { body: {} });
    const text = JSON.stringify(await list({ limit: '200' }));
    expect(text).not.toContain('geheim und lang');
    expect(text).not.toContain(samples.joinToken.token);
    expect((await newest('PATCH /api/v1/zones/:zone/credentials'))?.change).toMatchObject({ asked: { value: '***' } });
  });

  describe('filters', () => {
    const actions = async (query: Record<string, string>): Promise<string[]> =>
      (await list({ limit: '200', ...query })).items.map(({ action }) => action);

    it('tell what they name, and page through it while it grows', async () => {
      const all = (await list({ limit: '200' })).items;
      const counted = (test: (record: AuditRecord) => boolean): number => all.filter(test).length;
      const user = all.find(({ userId }) => userId !== null)?.userId ?? '';
      expect(await actions({ user })).toHaveLength(counted(({ userId }) => userId === user));
      expect(await actions({ user: 'admin' })).toHaveLength(counted(({ username }) => username === 'admin'));
      expect(new Set(await actions({ action: 'PATCH' }))).toEqual(
        new Set(['PATCH /api/v1/zones/:zone', 'PATCH /api/v1/zones/:zone/credentials/:name']),
      );
      expect(await actions({ zone: samples.zone.name })).toHaveLength(counted(({ zoneId }) => zoneId === samples.zone.id));
      expect(await actions({ target: samples.agent.id })).toHaveLength(60);
      expect(await actions({ outcome: 'granted', from: '2999-01-01T00:00:00Z' })).toEqual([]);
      expect(await actions({ to: '2000-01-01T00:00:00Z' })).toEqual([]);
      expect(await actions({ action: 'P_TCH' })).toEqual([]);

      const seqs: number[] = [];
      let cursor: string | null = null;
      do {
        const page: AuditPage = await list({ limit: '20', ...(cursor === null ? {} : { cursor }) });
        seqs.push(...page.items.map(({ seq }) => seq));
        cursor = page.nextCursor;
        await gateway.send('POST', `/api/v1/agents/${samples.agent.id}/drain`);
      } while (cursor !== null);
      expect(seqs).toEqual(all.map(({ seq }) => seq));
    });

    it('refuse what they do not know', async () => {
      for (const query of ['cursor=x', 'cursor=0', 'outcome=maybe', 'from=today', 'limit=0', 'more=1'])
        expect((await gateway.send('GET', `/api/v1/audit?${query}`)).status).toBe(400);
    });
  });

  describe('what is verified', () => {
    let database: DataSource;
    let entries: AuditEntriesStore;
    const keys = (): AuditKeys => new AuditKeys(gateway.auditKey);
    const verify = (heads: SignedPlace[] = []) => checkDatabase(entries, keys(), heads);
    const run = (sql: string): Promise<unknown> => database.query(sql);

    beforeAll(async () => {
      database = createDataSource({ url: gateway.bed.databaseUrl, entities: [], migrations: [], migrationsTable: 'none' });
      await database.initialize();
      entries = new AuditEntriesStore(database);
    });

    afterAll(() => database.destroy());

    const exported = async (query = ''): Promise<string[]> => {
      const answer = await fetch(`${gateway.origin}/api/v1/audit/export${query}`, {
        headers: { authorization: `Bearer ${gateway.token}` },
      });
      expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
      return (await answer.text()).split('\n').filter((line) => line !== '');
    };

    it('is whole, in the database and in an export, with the head that was signed', async () => {
      const head = SignedPlace.parse((await gateway.send('GET', '/api/v1/audit/head')).json);
      const lines = await exported();
      const told = new AuditKeys(JSON.stringify((await gateway.send('GET', '/api/v1/audit/keys')).json));
      expect(told.faultOf('klevr-audit-head', head)).toBeUndefined();
      expect(await checkExport(linesOf(lines), told, [head])).toMatchObject({ entries: lines.length - 2, heads: { matching: 1 } });
      expect(await verify([head])).toMatchObject({ heads: { matching: 1, tooOld: 0 } });
      expect(await checkExport(linesOf(await exported('?outcome=granted')), told, [])).toMatchObject({
        message: expect.stringContaining('filtered'),
      });
    });

    it('is not whole with any column edited, a row removed, two rows swapped, the end cut off', async () => {
      await run('CREATE TABLE kept AS SELECT * FROM audit_entries');
      const restore = async (): Promise<void> => {
        await run('DELETE FROM audit_entries');
        await run('INSERT INTO audit_entries SELECT * FROM kept');
      };
      const columns = (await run("SHOW COLUMNS FROM audit_entries WHERE Field NOT IN ('seq', 'id', 'hash')")) as {
        Field: string;
        Type: string;
      }[];
      expect(columns).toHaveLength(17);
      for (const { Field, Type } of columns) {
        const other = Type.startsWith('datetime') ? 'at + INTERVAL 1 SECOND' : Type.startsWith('smallint') ? '299' : "'other'";
        await run(`UPDATE audit_entries SET ${Field} = ${other} WHERE seq = 5`);
        expect([Field, await verify()]).toEqual([Field, expect.objectContaining({ seq: 5 })]);
        await restore();
      }
      for (const [seq, sql] of [
        [5, "UPDATE audit_entries SET id = 'aud_x' WHERE seq = 5"],
        [5, "UPDATE audit_entries SET hash = REPEAT('a', 64) WHERE seq = 5"],
        [5, 'DELETE FROM audit_entries WHERE seq = 5'],
        [5, 'UPDATE audit_entries SET seq = CASE seq WHEN 5 THEN 100006 ELSE 5 END WHERE seq IN (5, 6)'],
        [1, 'DELETE FROM audit_entries WHERE seq < 3'],
      ] as const) {
        await run(sql);
        expect([sql, await verify()]).toEqual([sql, expect.objectContaining({ seq })]);
        await restore();
      }
      const head = await gateway.send('GET', '/api/v1/audit/head');
      const { seq } = SignedPlace.parse(head.json);
      await run(`DELETE FROM audit_entries WHERE seq > ${seq - 2}`);
      expect(await verify()).toMatchObject({ seq: seq - 1 });
      const end = (await run('SELECT seq, hash FROM audit_head')) as { hash: string }[];
      await run(`UPDATE audit_head SET seq = ${seq - 2}, hash = (SELECT hash FROM audit_entries WHERE seq = ${seq - 2})`);
      expect(await verify()).toMatchObject({ entries: seq - 2 });
      expect(await verify([SignedPlace.parse(head.json)])).toMatchObject({ seq: seq - 1 });
      await restore();
      await run(`UPDATE audit_head SET seq = ${seq}, hash = '${String(end[0]?.hash)}'`);
      await run('DROP TABLE kept');
      expect(await verify()).toMatchObject({ entries: seq });
    }, 30_000);

    it('stays whole when the oldest part is cut off', async () => {
      const { seq } = await entries.head();
      await run("UPDATE audit_entries SET at = '2020-01-01' WHERE seq <= 10");
      expect(await verify()).toMatchObject({ seq: 1 });
      const retention = apps[0]?.get(RetentionService);
      if (retention === undefined) throw new Error('it is not started');
      expect([await retention.cut(), await retention.cut()]).toEqual([true, false]);
      expect(await verify()).toMatchObject({ entries: seq - 10, first: 11 });
      expect(await checkExport(linesOf(await exported()), keys(), [])).toMatchObject({ entries: seq - 10, first: 11 });
      await run('UPDATE audit_anchor SET seq = 9');
      expect(await verify()).toMatchObject({ message: expect.stringContaining('cannot be believed') });
    });
  });
});

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}
