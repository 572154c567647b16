import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { AppError } from '@klevr/contracts/errors';
import { eventually } from '@klevr/testing/eventually';
import { GatewayBed } from '../gateway.fixture.js';
import * as samples from '../samples.fixture.js';
import { AuditPage, type AuditRecord } from './audit-schemas.js';

describe('the audit trail', () => {
  let gateway: GatewayBed;
  const zonePath = `/api/v1/zones/${samples.zone.name}`;

  const list = async (query: Record<string, string> = {}): Promise<AuditPage> => {
    const answer = await gateway.send('GET', `/api/v1/audit?${new URLSearchParams(query).toString()}`);
    expect(answer).toMatchObject({ status: 200 });
    return AuditPage.parse(answer.json);
  };
  const newest = async (action: string): Promise<AuditRecord | undefined> => (await list({ action, limit: '1' })).items[0];

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start();
    await gateway.start();
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
});
