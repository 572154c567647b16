import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Enrolled } from '@klevr/contracts/agent';
import { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { z } from 'zod';
import { GatewayBed } from './gateway.fixture.js';
import { Problem } from './http/problem.js';
import { openApiDocument } from './openapi.document.js';
import { ScrapeTarget } from './prometheus/scrape-target.js';
import { agent, host, ids, run } from './samples.fixture.js';
import { joinCommand } from './zones/join-command.js';
import { JoinTokenWithCommand } from './zones/join-tokens.service.js';
import { newTask } from './whole-task.fixture.js';

describe('what the gateway adds to the services', () => {
  let gateway: GatewayBed;
  let bus: Bus;

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    bus = (await gateway.start()).get(Bus);
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  });

  it('tells null for the primary of a headless zone', async () => {
    gateway.answer(schedulerRpc.getPrimary, () => null);
    const answer = await gateway.send('GET', '/api/v1/zones/demo/primary');
    expect([answer.status, answer.text, answer.json]).toEqual([200, 'null', null]);
  });

  it('tells the command that makes a host join', async () => {
    const { json } = await gateway.send('POST', '/api/v1/zones/demo/join-tokens', { body: {} });
    expect(JoinTokenWithCommand.parse(json).command).toBe(joinCommand(gateway.origin, 'klevr_j_abc-DEF_123'));
  });

  it('lets a host join without a session, with the keys of the task-manager', async () => {
    const body = { joinToken: 'klevr_j_x', publicKey: `U${'A'.repeat(55)}`, host, version: '0.1.0' };
    const answer = await gateway.send('POST', '/api/v1/enroll', { body, token: '' });
    expect(answer.status).toBe(201);
    expect(Enrolled.parse(answer.json).taskKeys.keys).toEqual([{ kty: 'OKP', kid: 'k1' }]);
    expect(gateway.askedFor(schedulerRpc.enroll)?.request).toMatchObject({ address: '127.0.0.1', enroll: { joinToken: 'klevr_j_x' } });
  });

  it('spends no join token while the task-manager cannot tell its keys', async () => {
    const keys = { keys: [] };
    gateway.answer(taskManagerRpc.getTaskKeys, () => {
      throw new AppError('UNAVAILABLE', 'not now');
    });
    const before = gateway.asked.filter((one) => one.name === schedulerRpc.enroll.name).length;
    const body = { joinToken: 'klevr_j_x', publicKey: `U${'A'.repeat(55)}`, host, version: '0.1.0' };
    expect((await gateway.send('POST', '/api/v1/enroll', { body, token: '' })).status).toBe(503);
    expect(gateway.asked.filter((one) => one.name === schedulerRpc.enroll.name)).toHaveLength(before);
    gateway.answer(taskManagerRpc.getTaskKeys, () => keys);
  });

  it('gives logs as text, all pages in order, and marks what was cut', async () => {
    const chunk = (seq: number, text: string, cut = false) => ({
      seq,
      attempt: 1,
      atMs: 1,
      step: 's',
      stream: 'stdout' as const,
      data: Buffer.from(text).toString('base64'),
      cut,
    });
    gateway.answer(taskManagerRpc.getLogs, ({ afterSeq }) =>
      afterSeq === 0
        ? { chunks: [chunk(1, 'one\n'), chunk(2, 'two\n')], nextSeq: 2, finished: false }
        : { chunks: [chunk(3, 'three €', true)], nextSeq: null, finished: true },
    );
    const answer = await gateway.send('GET', `/api/v1/runs/${ids.run}/logs`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.text).toBe('one\ntwo\nthree €\n[klevr: output was cut here]\n');
    const lines = await gateway.send('GET', `/api/v1/runs/${ids.run}/logs?timestamps=true`);
    const head = '1970-01-01T00:00:00.001Z stdout ';
    expect(lines.text).toBe(`${head}one\n${head}two\n${head}three €\n${head}[klevr: output was cut here]\n`);
    expect((await gateway.send('GET', `/api/v1/runs/${ids.run}/logs?stream=stderr`)).text).toBe('');
    expect((await gateway.send('GET', `/api/v1/runs/${ids.run}/logs?step=s&attempt=1&stream=stdout`)).text).toBe(answer.text);
  });

  it('tells Prometheus the beacons of all agents and workers, however many pages they fill, and of one zone', async () => {
    const beacon = (n: number) => ({ ...agent, beaconUrl: `http://10.0.0.${n}:18800` });
    gateway.answer(schedulerRpc.listAgents, ({ cursor, zone: ofZone, kind }) => {
      if (kind === 'worker') return { items: ofZone === undefined ? [beacon(3)] : [], nextCursor: null };
      return cursor === undefined && ofZone === undefined
        ? { items: [beacon(1), { ...agent, beaconUrl: null }], nextCursor: 'more' }
        : { items: [beacon(2)], nextCursor: null };
    });
    const ask = async (search = ''): Promise<[string[], string | null]> => {
      const answer = await gateway.send('GET', `/api/v1/prometheus/targets${search}`);
      const targets = z.array(ScrapeTarget).parse(answer.json);
      return [targets.flatMap((one) => one.targets), answer.headers.get('content-type')];
    };
    // Prometheus takes no other type.
    expect(await ask()).toEqual([['10.0.0.1:18800', '10.0.0.2:18800', '10.0.0.3:18800'], 'application/json; charset=utf-8']);
    expect(gateway.askedFor(schedulerRpc.listAgents)?.request).toEqual({ limit: 200, kind: 'worker' });
    expect((await ask('?zone=demo'))[0]).toEqual(['10.0.0.2:18800']);
    expect(gateway.askedFor(schedulerRpc.listAgents)?.request).toEqual({ limit: 200, kind: 'worker', zone: 'demo' });
    expect((await gateway.send('GET', '/api/v1/prometheus/targets', { token: '' })).status).toBe(401);
    gateway.answer(schedulerRpc.listAgents, () => {
      throw new AppError('UNAVAILABLE', 'not now');
    });
    // An empty list would make Prometheus forget everybody.
    expect((await gateway.send('GET', '/api/v1/prometheus/targets')).status).toBe(503);
  });

  it('answers a problem, not text, for the logs of an unknown run', async () => {
    gateway.answer(taskManagerRpc.getLogs, () => {
      throw new AppError('NOT_FOUND', 'There is no such run');
    });
    const answer = await gateway.send('GET', `/api/v1/runs/${run.id}/logs`);
    expect(answer.status).toBe(404);
    expect(Problem.parse(answer.json)).toMatchObject({ code: 'NOT_FOUND', detail: 'There is no such run' });
  });

  it('passes an Idempotency-Key on with a digest of the request and the scope of user and route', async () => {
    const send = async (key: string, body: unknown, path = '/api/v1/tasks') => {
      await gateway.send('POST', path, { body, headers: { 'idempotency-key': key } });
      return z.object({ idempotency: Idempotency }).parse(gateway.asked.at(-1)?.request).idempotency;
    };
    const first = await send('k1', newTask);
    expect(first.key).toBe('k1');
    expect(first.scope).toMatch(/^usr_\w{26} POST \/api\/v1\/tasks$/);
    const { name, ...rest } = newTask;
    expect(await send('k1', { ...rest, name })).toEqual(first);
    expect((await send('k1', { ...newTask, name: 'other' })).digest).not.toBe(first.digest);
    const one = await send('k2', {}, '/api/v1/zones/one/join-tokens');
    const two = await send('k2', {}, '/api/v1/zones/two/join-tokens');
    expect(one.digest).not.toBe(two.digest);
  });

  it('sends the requests of one turn of the event loop together', async () => {
    const { outMsgs } = bus.connection.stats();
    const asking = [1, 2, 3].map(() => call(bus, taskManagerRpc.getTask, { id: ids.task }));
    expect(bus.connection.stats().outMsgs - outMsgs).toBe(0);
    expect(await Promise.all(asking)).toHaveLength(3);
    expect(bus.connection.stats().outMsgs - outMsgs).toBe(3);
  });

  it('carries the trace of the caller to the services and back', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    gateway.answer(schedulerRpc.getZone, () => {
      throw new AppError('NOT_FOUND', 'There is no such zone');
    });
    const answer = await gateway.send('GET', '/api/v1/zones/demo', {
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01`, 'x-request-id': 'mine' },
    });
    expect(Problem.parse(answer.json).traceId).toBe(traceId);
    expect(gateway.askedFor(schedulerRpc.getZone)?.traceId).toBe(traceId);
    expect(answer.headers.get('x-request-id')).toBe('mine');
  });

  it('serves the document that can be written without a running service', async () => {
    const { json } = await gateway.send('GET', '/api/v1/openapi.json', { token: '' });
    expect(json).toEqual(JSON.parse(JSON.stringify(await openApiDocument())));
  });

  it('serves the API page, with nothing from elsewhere and nothing that its own policy forbids', async () => {
    const page = await gateway.send('GET', '/docs', { token: '' });
    expect(page.status).toBe(200);
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(sources.length).toBeGreaterThan(2);
    for (const source of sources) expect((await gateway.send('GET', source, { token: '' })).status).toBe(200);
    expect(page.text).not.toMatch(/<script>|style=|https?:/);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  });

  it('tells its health without a session', async () => {
    expect((await gateway.send('GET', '/healthz', { token: '' })).status).toBe(200);
    expect((await gateway.send('GET', '/readyz', { token: '' })).json).toEqual({ status: 'ready', failing: [] });
    expect((await gateway.send('GET', '/metrics', { token: '' })).text).toContain('klevr_http_request_duration_seconds');
  });

  it('sends the services nothing that does not match their schemas', () => {
    expect(gateway.violations).toEqual([]);
  });
});
