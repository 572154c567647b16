import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GatewayBed } from '../gateway.fixture.js';
import { ApiDocument } from './api-document.fixture.js';
import { type ApiRequest, ApiRequests } from './api-requests.fixture.js';
import { damaged, isSurelyBad } from './bad-requests.fixture.js';

const VALID_EACH = 12;
/** A password takes its time to be judged. */
const WITH_PASSWORD = 3;
/** Some damage does no harm, so that more are sent than have to be refused. */
const DAMAGED = 6_900;
const REFUSED = 5_000;
const AT_ONCE = 12;
const SEED = 20_261_201;
/** What only the gateway knows: which password is right, and that nobody may sign up uninvited. */
const unknowable: Readonly<Record<string, string>> = { 'POST /users/me/password': 'currentPassword', 'POST /sign-up': 'invitation' };

describe('the gateway keeps what its API document says', () => {
  let gateway: GatewayBed;
  let document: ApiDocument;
  let valid: ApiRequest[][];

  beforeAll(async () => {
    [gateway, document] = await Promise.all([GatewayBed.open(), ApiDocument.read()]);
    const requests = new ApiRequests(document);
    valid = document.operations.map((operation) => {
      const hasPassword = /[pP]assword/.test(JSON.stringify(document.bodyOf(operation) ?? {}));
      const numRuns = hasPassword ? WITH_PASSWORD : VALID_EACH;
      return fc.sample(requests.of(operation), { numRuns, seed: SEED });
    });
    await gateway.start();
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  }, 60_000);

  /** What the answer has that the document does not say; empty for nothing. */
  const judge = async (request: ApiRequest): Promise<{ status: number; text: string; faults: string[] }> => {
    const { operation } = request;
    const answer = await send(gateway, request);
    const { status, text } = answer;
    const name = document.nameOf(operation);
    const told = (...faults: string[]): { status: number; text: string; faults: string[] } => ({
      status,
      text,
      faults: faults.map((fault) => `${name} ${status}: ${fault}: ${text.slice(0, 300)}`),
    });
    const said = document.answerOf(operation, status);
    if (said === undefined) return told('the document does not tell of this status');
    const type = answer.type.split(';')[0] ?? '';
    if (said.content === undefined) return text === '' ? told() : told('the document tells of no body');
    const media = said.content[type];
    if (media === undefined) return told(`the document does not tell of ${type}`);
    const faults = /\/(problem\+)?json$/.test(type) ? document.faultsOf(JSON.parse(text), media.schema ?? {}) : '';
    return faults === '' ? told() : told(faults);
  };

  it('answers every request that the document allows as it says, and calls none of them bad', async () => {
    const found: string[] = [];
    await inParallel(valid.flat(), async (request) => {
      const { status, text, faults } = await judge(request);
      const name = document.nameOf(request.operation);
      const isWronged = status === 400 && !text.includes(`"${unknowable[name] ?? '-'}"`);
      found.push(...faults, ...(isWronged ? [`${name} calls this bad: ${asked(request)}: ${text}`] : []));
    });
    expect(summed(found)).toEqual([]);
  }, 240_000);

  it('answers thousands of bad requests with problems that the document tells, and never with a 5xx', async () => {
    const numRuns = Math.ceil(DAMAGED / valid.length);
    const bad = valid.flatMap((some) => fc.sample(fc.constantFrom(...some).chain(damaged), { numRuns, seed: SEED }));
    const found: string[] = [];
    let refused = 0;
    await inParallel(bad, async (request) => {
      const { status, faults } = await judge(request);
      if (status >= 400) refused++;
      const passed = status < 400 && isSurelyBad(document, request);
      const name = document.nameOf(request.operation);
      found.push(...faults, ...(status >= 500 || passed ? [`${name} answers ${status} to ${request.wrong}: ${asked(request)}`] : []));
    });
    expect(summed(found)).toEqual([]);
    expect(refused).toBeGreaterThan(REFUSED);
  }, 240_000);

  it('answers HEAD as GET without its body, tells OPTIONS what a path has, and takes any Accept', async () => {
    const [get, head] = [await gateway.send('GET', '/api/v1/zones/demo'), await gateway.send('HEAD', '/api/v1/zones/demo')];
    const told = ({ status, headers }: typeof get): unknown[] => [status, headers.get('content-type'), headers.get('etag')];
    expect([told(head), head.text]).toEqual([told(get), '']);
    const options = await gateway.send('OPTIONS', '/api/v1/zones/demo', { token: '' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'DELETE, GET, HEAD, PATCH, OPTIONS']);
    expect((await gateway.send('OPTIONS', '/api/v1/nothing')).status).toBe(404);
    const page = await gateway.send('GET', '/api/v1/zones/demo', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  });

  it('names each request in its answer: as it was sent, or by its trace', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const idOf = async (headers: Record<string, string>): Promise<string | null> =>
      (await gateway.send('GET', '/api/v1/zones/demo', { headers })).headers.get('x-request-id');
    expect(await idOf({ traceparent })).toBe(traceId);
    expect(await idOf({ traceparent, 'x-request-id': 'import-17' })).toBe('import-17');
    expect(await idOf({})).toMatch(/^[0-9a-f]{32}$/);
  });

  it('sends the services nothing that does not match their schemas, and fails nowhere', () => {
    expect(gateway.violations).toEqual([]);
    const failed = gateway.logLines.filter((line) => line.includes('request failed'));
    expect(summed(failed.map((line) => (JSON.parse(line) as { error: { message: string } }).error.message))).toEqual([]);
  });
});

const asked = ({ path, query, headers, body, text }: ApiRequest): string =>
  JSON.stringify({ path, query, headers, body, text }).slice(0, 600);
/** The first of each kind: a fault of all operations is one fault. */
const summed = (faults: readonly string[]): string[] => [...new Set(faults)].slice(0, 20);

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

async function send(gateway: GatewayBed, request: ApiRequest): Promise<{ status: number; type: string; text: string }> {
  const { operation, body, text = body === undefined ? undefined : JSON.stringify(body) } = request;
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encoded(request.path[name] ?? ''));
  const search = request.query.map(([name, value]) => `${name}=${encoded(value)}`).join('&');
  const hangUp = new AbortController();
  const ask = (): Promise<Response> =>
    fetch(`${gateway.origin}${path}${search === '' ? '' : `?${search}`}`, {
      method: operation.method,
      headers: {
        ...(operation['x-klevr-access'].kind === 'anyone' ? {} : { authorization: `Bearer ${gateway.token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      ...(text === undefined ? {} : { body: text }),
      signal: AbortSignal.any([hangUp.signal, AbortSignal.timeout(20_000)]),
    });
  let answer = await ask();
  // Signing out is a valid request too.
  if (answer.status === 401 && request.headers['authorization'] === undefined && operation['x-klevr-access'].kind !== 'anyone') {
    await answer.arrayBuffer();
    await gateway.signIn();
    answer = await ask();
  }
  const type = answer.headers.get('content-type') ?? '';
  if (!type.startsWith('text/event-stream')) return { status: answer.status, type, text: await answer.text() };
  hangUp.abort();
  return { status: answer.status, type, text: '' };
}

/** What is encoded already stays as it is: it may be wrong on purpose. */
const encoded = (part: string): string => (/%[0-9a-z]{2}/i.test(part) ? part : encodeURIComponent(part));
