import { describe, expect, it } from '@jest/globals';
import type { Agent, Task } from './generated/api.js';
import { KlevrClient } from './klevr-client.js';
import { KlevrProblem } from './klevr-problem.js';

interface Sent {
  readonly line: string;
  readonly headers: Headers;
  readonly body: string;
}
type Answering = (sent: Sent, at: number) => Response | Error;

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  json(
    status,
    { code, detail: 'as said', errors: [{ path: 'name', message: 'is taken' }], traceId: 't1' },
    { 'content-type': 'application/problem+json', ...headers },
  );
const away = (): Response => problem(503, 'UNAVAILABLE', { 'retry-after': '0' });
const cutOff = (): TypeError => new TypeError('fetch failed');

/** A client, and what it sent. */
function client(answering: Answering, options: { token?: string; retries?: number } = {}): { klevr: KlevrClient; sent: Sent[] } {
  const sent: Sent[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const one = {
      line: `${request.method} ${request.url.replace('http://klevr.test', '')}`,
      headers: request.headers,
      body: await request.text(),
    };
    const answer = answering(one, sent.push(one) - 1);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { klevr: new KlevrClient({ baseUrl: 'http://klevr.test/', fetch, retries: 1, retryPauseMs: 1, ...options }), sent };
}

const newTask = { name: 'x', zone: 'demo', target: { all: '' }, steps: [{ name: 'a', run: 'true' }] };

describe('the client', () => {
  it('asks by the paths of the document, with its token, and gives what is answered', async () => {
    const { klevr, sent } = client(() => json(200, { id: 'agt_1', status: 'online' }), { token: 'klevr_t_1' });
    const agent: Agent = await klevr.get('/agents/{id}', { params: { path: { id: 'agt/1' } } });
    expect(agent.status).toBe('online');
    expect(sent.map(({ line }) => line)).toEqual(['GET /api/v1/agents/agt%2F1']);
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer klevr_t_1');
  });

  it('gives every POST a key of its own, unless it has one', async () => {
    const { klevr, sent } = client(() => json(201, { id: 'task_1' }));
    const task: Task = await klevr.post('/tasks', { body: newTask });
    expect(task.id).toBe('task_1');
    await klevr.post('/tasks', { body: newTask });
    await klevr.post('/tasks', { body: newTask, params: { header: { 'Idempotency-Key': 'mine' } } });
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe('mine');
    expect(sent[0]?.body).toBe(JSON.stringify(newTask));
  });

  it('throws what is not 2xx, with everything that the problem tells', async () => {
    const { klevr } = client(() => problem(409, 'CONFLICT'));
    const refusal = await klevr.post('/zones', { body: { name: 'demo' } }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(KlevrProblem);
    expect(refusal).toMatchObject({ code: 'CONFLICT', status: 409, traceId: 't1', errors: [{ path: 'name', message: 'is taken' }] });
    expect(String(refusal)).toContain('POST /api/v1/zones answered 409 CONFLICT: as said name: is taken');
  });

  it('throws what something else on the way has answered', async () => {
    const { klevr } = client(() => new Response('<h1>Bad gateway</h1>', { status: 502 }));
    await expect(klevr.get('/zones')).rejects.toMatchObject({ status: 502, code: undefined });
  });

  const zone = { params: { path: { zone: 'demo' } } };
  const repeated: [string, Response | Error, (klevr: KlevrClient) => Promise<unknown>][] = [
    ['a read after a 503', away(), (klevr) => klevr.get('/zones')],
    ['a read after a cut connection', cutOff(), (klevr) => klevr.get('/zones')],
    ['a POST after a 503, with the same key', away(), (klevr) => klevr.post('/tasks', { body: newTask })],
    ['a POST after a cut connection', cutOff(), (klevr) => klevr.post('/tasks', { body: newTask })],
    ['a removal after a 503', away(), (klevr) => klevr.delete('/zones/{zone}', zone)],
    ['a change after a 503', away(), (klevr) => klevr.patch('/zones/{zone}', { ...zone, body: { platform: 'vm' } })],
    [
      'a change of what was read after a 429',
      problem(429, 'RATE_LIMITED', { 'retry-after': '0' }),
      (klevr) => klevr.patch('/zones/{zone}', { params: { ...zone.params, header: { 'If-Match': '"1"' } }, body: { platform: 'vm' } }),
    ],
  ];

  it.each(repeated)('sends again %s', async (_name, first, call) => {
    const { klevr, sent } = client((_sent, at) => (at === 0 ? first : json(200, { id: 'x' })));
    await call(klevr);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.headers.get('idempotency-key')).toBe(sent[0]?.headers.get('idempotency-key'));
    expect(sent[1]?.body).toBe(sent[0]?.body);
  });

  it.each([
    ['a change of what was read after a 503', away()],
    ['a change of what was read after a cut connection', cutOff()],
    ['what is refused', problem(412, 'PRECONDITION_FAILED')],
  ])('does not send again %s', async (_name, first) => {
    const { klevr, sent } = client(() => first);
    const init = { params: { ...zone.params, header: { 'If-Match': '"1"' } }, body: { platform: 'vm' as const } };
    await expect(klevr.patch('/zones/{zone}', init)).rejects.toThrow(/answered|fetch failed/);
    expect(sent).toHaveLength(1);
  });

  it('gives up after its tries, with the last answer', async () => {
    const { klevr, sent } = client(away);
    await expect(klevr.get('/zones')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 0 });
    expect(sent).toHaveLength(2);
  });

  it('reads lists page by page', async () => {
    const { klevr, sent } = client((_sent, at) => json(200, { items: [{ id: `agt_${at}` }], nextCursor: at < 2 ? `c${at}` : null }));
    const ids: string[] = [];
    for await (const { id } of klevr.list('/agents', { params: { query: { zone: 'demo' } } })) ids.push(id);
    expect(ids).toEqual(['agt_0', 'agt_1', 'agt_2']);
    expect(sent.map(({ line }) => line)).toEqual([
      'GET /api/v1/agents?limit=200&zone=demo',
      'GET /api/v1/agents?limit=200&zone=demo&cursor=c0',
      'GET /api/v1/agents?limit=200&zone=demo&cursor=c1',
    ]);
  });
});

describe('the session of the client', () => {
  const session = (token: string, lifeMs: number): object => ({
    token,
    expiresAt: new Date(Date.now() + lifeMs).toISOString(),
    user: { username: 'kim' },
  });

  it('is renewed once before it ends, and used from then on', async () => {
    // A life that is over already is in its last third.
    const { klevr, sent } = client(({ line }) => {
      if (line === 'POST /api/v1/sessions') return json(201, session('s1', 0));
      return line.endsWith('/renew') ? json(201, session('s2', 60_000)) : json(200, { items: [], nextCursor: null });
    });
    expect(await klevr.signIn('kim', 'secret')).toEqual({ username: 'kim' });
    await Promise.all([klevr.get('/zones'), klevr.get('/agents')]);
    await klevr.get('/tasks');
    const told = sent.map(({ line, headers }) => `${line} ${headers.get('authorization') ?? ''}`);
    expect(told).toEqual([
      'POST /api/v1/sessions ',
      'POST /api/v1/sessions/current/renew Bearer s1',
      'GET /api/v1/zones Bearer s2',
      'GET /api/v1/agents Bearer s2',
      'GET /api/v1/tasks Bearer s2',
    ]);
  });

  it('goes on with the old token where the new one cannot be had', async () => {
    const { klevr, sent } = client(({ line }) => {
      if (line === 'POST /api/v1/sessions') return json(201, session('s1', 0));
      return line.endsWith('/renew') ? problem(401, 'UNAUTHENTICATED') : json(200, { items: [], nextCursor: null });
    });
    await klevr.signIn('kim', 'secret');
    await klevr.get('/zones');
    expect(sent.at(-1)?.headers.get('authorization')).toBe('Bearer s1');
  });

  it('is forgotten after signing out', async () => {
    const { klevr, sent } = client(({ line }) =>
      line.startsWith('DELETE') ? new Response(null, { status: 204 }) : json(201, session('s1', 60_000)),
    );
    await klevr.signIn('kim', 'secret');
    await klevr.signOut();
    await klevr.get('/zones');
    expect(sent.at(-1)?.headers.get('authorization')).toBeNull();
  });
});
