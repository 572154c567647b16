import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { createDataSource } from '@klevr/persistence/data-source';
import { eventually } from '@klevr/testing/eventually';
import { type Answer, GatewayBed } from './gateway.fixture.js';
import { Problem } from './http/problem.js';
import { ids, zone as zoneSample } from './samples.fixture.js';
import { TcpDoor } from './tcp-door.fixture.js';

describe('while something behind the gateway is away', () => {
  let gateway: GatewayBed;
  let nats: { door: TcpDoor; url: string };
  let database: { door: TcpDoor; url: string };

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    nats = await TcpDoor.to(gateway.bed.natsUrl);
    database = await TcpDoor.to(gateway.bed.databaseUrl);
    await gateway.start({ natsUrl: nats.url, databaseUrl: database.url });
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
    await Promise.all([nats.door.remove(), database.door.remove()]);
  });

  const zones = (): Promise<Answer> => gateway.send('GET', '/api/v1/zones');
  const works = (): Promise<true> =>
    eventually('the gateway works again', 10_000, async () => ((await zones()).status === 200 ? true : undefined));

  const logged = (message: string): boolean => gateway.logLines.some((line) => line.includes(message));

  const expectUnavailable = (answer: Answer): Problem => {
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    return Problem.parse(answer.json);
  };

  it('says what a service is too busy for, and when to come back', async () => {
    gateway.answer(schedulerRpc.getZone, () => {
      throw new AppError('UNAVAILABLE', 'The database cannot serve this now', { retryAfterSeconds: 2.2 });
    });
    const answer = await gateway.send('GET', '/api/v1/zones/demo');
    expect(expectUnavailable(answer).detail).toBe('The database cannot serve this now');
    expect(answer.headers.get('retry-after')).toBe('3');
  });

  it("tells nothing of a service's own fault but its trace", async () => {
    gateway.answer(schedulerRpc.getZone, () => {
      throw new Error('SELECT secret FROM table');
    });
    const answer = await gateway.send('GET', '/api/v1/zones/demo');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
    const { traceId } = Problem.parse(answer.json);
    expect(gateway.logLines.filter((line) => line.includes('request failed') && line.includes(traceId))).toHaveLength(1);
  });

  it('answers 503 about resources while there is no provisioner, and everything else as ever', async () => {
    await gateway.provisioner?.drain();
    gateway.answer(schedulerRpc.getZone, () => zoneSample);
    const resource = { name: 'web', zone: 'demo', recipe: { name: 'web-server' } };
    for (const [method, path, body] of [
      ['GET', '/resources', undefined],
      ['GET', `/operations/${ids.operation}`, undefined],
      ['GET', '/catalogue/recipes', undefined],
      ['POST', '/resources', resource],
    ] as const) {
      const answer = await gateway.send(method, `/api/v1${path}`, body === undefined ? {} : { body });
      expect([path, expectUnavailable(answer).detail]).toEqual([path, 'The provisioner is away']);
    }
    expect((await gateway.send('GET', '/readyz')).status).toBe(200);
    await works();
  });

  it('answers 503 at once while NATS is away, and goes on when it is back', async () => {
    nats.door.shut();
    await eventually('the loss is noticed', 5_000, async () => ((await gateway.send('GET', '/readyz')).status === 503 ? true : undefined));
    const askedAt = performance.now();
    expect(expectUnavailable(await zones()).detail).toBe('NATS is away');
    expect(performance.now() - askedAt).toBeLessThan(500);
    nats.door.reopen();
    await works();
  }, 30_000);

  it('goes on for callers that were just here while the database is away, and answers 503 to others', async () => {
    await works();
    database.door.shut();
    expect((await zones()).status).toBe(200);
    expectUnavailable(await gateway.send('GET', '/api/v1/zones', { token: `klevr_s_${'A'.repeat(43)}` }));
    expectUnavailable(await gateway.send('POST', '/api/v1/sessions', { body: { username: 'a', password: 'b' }, token: '' }));
    expect((await gateway.send('GET', '/healthz')).status).toBe(200);
    expect((await gateway.send('GET', '/readyz')).json).toEqual({ status: 'unavailable', failing: ['database'] });
    expect((await gateway.send('GET', '/api/v1/zones', { token: 'x' })).status).toBe(401);
    const refused = await gateway.send('POST', '/api/v1/zones', { body: { name: '-' } });
    expect(refused.status).toBe(400);
    // The audit trail is written behind the answers, so this one has to outlast the outage.
    await eventually('the audit trail has failed', 5_000, () => (logged('audit trail cannot be written now') ? true : undefined));
    database.door.reopen();
    await eventually('the database is back', 10_000, async () =>
      (await gateway.send('GET', '/readyz')).status === 200 ? true : undefined,
    );
    await gateway.signIn();
    await works();
    await eventually('the audit trail is written', 5_000, () => (logged('audit trail is written again') ? true : undefined));
    const source = createDataSource({ url: gateway.bed.databaseUrl, entities: [], migrations: [], migrationsTable: 'none' });
    await source.initialize();
    const rows: unknown = await source.query('SELECT status FROM audit_entries WHERE trace_id = ?', [Problem.parse(refused.json).traceId]);
    await source.destroy();
    expect(rows).toEqual([{ status: 400 }]);
  }, 60_000);
});
