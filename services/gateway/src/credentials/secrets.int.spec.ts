import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { createDataSource } from '@klevr/persistence/data-source';
import { eventually } from '@klevr/testing/eventually';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { canonicalDigest } from '../http/canonical-digest.js';
import { GatewayBed } from '../gateway.fixture.js';

const value = 'hunter2-hunter2';
const secret = 'whsec_aHVudGVyMi1odW50ZXIyLWh1bnRlcjItaHVudGVyMi0y';

describe('secrets that pass through the gateway', () => {
  let gateway: GatewayBed;
  let database: DataSource;

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start();
    await gateway.signIn();
    database = createDataSource({ url: gateway.bed.databaseUrl, entities: [], migrations: [], migrationsTable: 'none' });
    await database.initialize();
  }, 60_000);

  afterAll(async () => {
    await database.destroy();
    await gateway.close();
  });

  const auditRows = async (): Promise<string[]> => {
    const rows: object[] = await database.query('SELECT * FROM audit_entries');
    return rows.map((row) => JSON.stringify(row));
  };

  it('are in no audit entry, no log line and no answer, also where the request is refused or fails', async () => {
    const { createCredential, createWebhook } = taskManagerRpc;
    const body = { name: 'KEY', value };
    const hook = { url: 'https://example.test', on: ['all'], secret };
    const answers = [
      await gateway.send('POST', '/api/v1/zones/demo/credentials', { body }),
      await gateway.send('PATCH', '/api/v1/zones/demo/credentials/KEY', { body: { value } }),
      await gateway.send('POST', '/api/v1/zones/demo/credentials', { body: { ...body, x: 1 } }),
      await gateway.send('POST', '/api/v1/webhooks', { body: { ...hook, secret: `${secret}\0` } }),
    ];
    for (const contract of [createCredential, createWebhook]) {
      gateway.answer(contract, () => {
        throw new Error(`cannot store ${value} ${secret}`);
      });
    }
    answers.push(
      await gateway.send('POST', '/api/v1/zones/demo/credentials', { body }),
      await gateway.send('POST', '/api/v1/webhooks', { body: hook }),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 400, 400, 500, 500]);
    const rows = await eventually('all are audited', 5_000, async () => {
      const found = await auditRows();
      return found.filter((row) => /credentials|webhooks/.test(row)).length >= 6 ? found : undefined;
    });
    for (const text of [...rows, ...answers.map((answer) => answer.text)]) expect(text).not.toMatch(/hunter2|aHVudGVy/);
    // The stand-in put them into its own error, which is logged as it is: what this door itself writes has none.
    for (const line of gateway.logLines.filter((one) => !one.includes('cannot store'))) expect(line).not.toMatch(/hunter2|aHVudGVy/);
  });

  it('cannot be guessed from the digest that makes a repeated request known', async () => {
    const asked = async (key: string, given: string): Promise<string> => {
      await gateway.send('POST', '/api/v1/zones/demo/credentials', {
        body: { name: 'KEY', value: given },
        headers: { 'idempotency-key': key },
      });
      const { request } = gateway.askedFor(taskManagerRpc.createCredential) ?? {};
      return z.object({ idempotency: Idempotency }).parse(request).idempotency.digest;
    };
    const first = await asked('k1', '1234');
    expect(first).not.toBe(canonicalDigest([{ zone: 'demo' }, { name: 'KEY', value: '1234' }]));
    expect(await asked('k1', '1234')).toBe(first);
    expect(await asked('k1', '1235')).not.toBe(first);
    // Not the same for two keys, so one table of guesses does not serve for all.
    expect(await asked('k2', '1234')).not.toBe(first);
  });

  it('are not shown again to a repeated request', async () => {
    gateway.answer(taskManagerRpc.createWebhook, () => {
      throw new AppError('SECRET_SHOWN_ONCE', 'The secret was shown');
    });
    const body = { url: 'https://example.test', on: ['all'] };
    const answer = await gateway.send('POST', '/api/v1/webhooks', { body, headers: { 'idempotency-key': 'k' } });
    expect([answer.status, (answer.json as { code: string }).code]).toEqual([409, 'SECRET_SHOWN_ONCE']);
  });
});
