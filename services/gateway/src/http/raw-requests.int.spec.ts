import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { GatewayBed } from '../gateway.fixture.js';
import { Problem } from './problem.js';

describe('requests that no client library would send', () => {
  let gateway: GatewayBed;

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start();
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  });

  const raw = async (text: string): Promise<{ status: number; head: string; body: string }> => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1', () => socket.write(text));
      let got = '';
      socket.setTimeout(10_000, () => socket.destroy(new Error(`no end of the answer: ${got}`)));
      socket.on('data', (bytes: Buffer) => (got += bytes.toString()));
      socket.on('close', () => resolve(got));
      socket.on('error', reject);
    });
    const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
    return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body };
  };

  const task = JSON.stringify({ name: 'x', zone: 'demo', target: { all: '' }, steps: [{ name: 'a', run: 'true' }] });
  const post = (headers: readonly string[], body = task): string =>
    [
      'POST /api/v1/tasks HTTP/1.1',
      'host: klevr.test',
      'connection: close',
      `content-length: ${body.length}`,
      'content-type: application/json',
      ...headers,
      '',
      body,
    ].join('\r\n');
  const mine = (): string => `authorization: Bearer ${gateway.token}`;

  it('takes the same words from an ordinary one', async () => {
    expect((await raw(post([mine()]))).status).toBe(201);
  });

  const broken: [string, () => string, number][] = [
    ['what is not HTTP', () => 'hello\r\n\r\n', 400],
    ['a method that does not exist', () => 'FROB /api/v1/tasks HTTP/1.1\r\nhost: a\r\n\r\n', 400],
    ['a space in the path', () => 'GET /api/v1/a b HTTP/1.1\r\nhost: a\r\n\r\n', 400],
    ['a NUL in a header', () => 'GET /api/v1/zones HTTP/1.1\r\nhost: a\r\nx-a: \0\r\n\r\n', 400],
    ['no host', () => 'GET /api/v1/zones HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['headers without end', () => `GET /api/v1/zones HTTP/1.1\r\nhost: a\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['two lengths', () => post([mine(), 'content-length: 3']), 400],
    ['a length and chunks', () => post([mine(), 'transfer-encoding: chunked']), 400],
    ['a length that is no number', () => post([mine()]).replace(/content-length: \d+/, 'content-length: -1'), 400],
    ['broken chunks', () => post([mine(), 'transfer-encoding: chunked'], 'zz\r\n').replace(/content-length: \d+\r\n/, ''), 400],
    ['two sessions', () => post([mine(), 'authorization: Bearer klevr_s_x']), 400],
    ['two keys', () => post([mine(), 'idempotency-key: a', 'idempotency-key: b']), 400],
    ['a session in another scheme', () => post(['authorization: Basic YTpi']), 401],
    ['a session with a space', () => post([`${mine()} x`]), 401],
  ];

  it.each(broken)('refuses %s', async (_name, text, status) => {
    const before = gateway.asked.filter((one) => one.name === taskManagerRpc.createTask.name).length;
    const answer = await raw(text());
    expect(answer.status).toBe(status);
    expect(answer.head).toContain('content-type: application/problem+json');
    expect(Problem.parse(JSON.parse(answer.body)).status).toBe(status);
    expect(gateway.asked.filter((one) => one.name === taskManagerRpc.createTask.name)).toHaveLength(before);
  });

  it('believes no trace, request id or host that is not well-formed', async () => {
    const answer = await raw(post([mine(), 'traceparent: 00-zz', 'x-request-id: a<script>', 'x-forwarded-for: 6.6.6.6']));
    expect(answer.status).toBe(201);
    expect(answer.head).toMatch(/x-request-id: [0-9a-f]{32}\r\n/);
    expect(gateway.askedFor(taskManagerRpc.createTask)?.request).toMatchObject({ actor: { address: '127.0.0.1' } });
    const evil = 'POST /api/v1/zones/demo/join-tokens HTTP/1.1\r\nconnection: close\r\nhost: a;reboot\r\n';
    expect((await raw(`${evil}${mine()}\r\n\r\n`)).status).toBe(400);
  });

  it('keeps the trace of a request whose body comes later than its head', async () => {
    const traceId = '1af7651916cd43dd8448eb211c80319c';
    const [head = '', body = ''] = post([mine(), 'expect: 100-continue', `traceparent: 00-${traceId}-b7ad6b7169203331-01`]).split(
      '\r\n\r\n',
    );
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1', () => socket.write(`${head}\r\n\r\n`));
    const parts: string[] = [];
    for await (const bytes of socket) {
      // The first word comes once the server has the head and waits for the body.
      if (parts.push(String(bytes)) === 1) socket.write(body);
    }
    expect(parts.join('')).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 201 Created/);
    expect(gateway.askedFor(taskManagerRpc.createTask)?.traceId).toBe(traceId);
  });

  it('goes on when a client leaves in the middle of its body', async () => {
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    await new Promise<void>((resolve) => socket.write(post([mine()]).slice(0, -10), () => resolve()));
    await new Promise((resolve) => {
      socket.on('close', resolve);
      socket.resetAndDestroy();
    });
    expect((await raw(post([mine()]))).status).toBe(201);
    expect(gateway.logLines.filter((line) => line.includes('request failed'))).toEqual([]);
  });
});
