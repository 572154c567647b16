import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Answer, GatewayBed } from '../gateway.fixture.js';
import { badAddresses } from './bad-addresses.fixture.js';
import { type BadRequest, badBodies } from './bad-bodies.fixture.js';
import { badEngineRequests } from './bad-engine-requests.fixture.js';
import { Problem } from './problem.js';

/** What must hold for every answer to something that is wrong with a request. */
function expectProblem(answer: Answer): Problem {
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const problem = Problem.strict().parse(answer.json);
  expect(problem.status).toBe(answer.status);
  expect(answer.status).toBeLessThan(500);
  expect(answer.text.length).toBeLessThan(64 * 1024);
  return problem;
}

const expectNoFailure = (answer: Answer): void => {
  if (answer.status >= 400) expectProblem(answer);
  else expect([200, 201, 202, 204]).toContain(answer.status);
};

const badRequests: readonly BadRequest[] = [...badBodies, ...badEngineRequests, ...badAddresses];

describe('bad input', () => {
  let gateway: GatewayBed;

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start();
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  });

  const send = ({ send: line, status: _status, faults: _faults, name: _name, ...rest }: BadRequest): Promise<Answer> => {
    const [method = '', path = ''] = line.split(' ');
    return gateway.send(method, `/api/v1${path}`, rest);
  };

  it.each(badRequests.map((request) => [request.name, request] as const))('refuses %s, with every fault', async (_name, request) => {
    const answer = await send(request);
    expect(answer.status).toBe(request.status);
    const problem = expectProblem(answer);
    const paths = [...new Set(problem.errors.map((fault) => fault.path))].sort();
    expect(paths).toEqual(request.faults ? [...request.faults].sort() : paths);
    for (const fault of problem.errors) expect(fault.message).not.toBe('');
  });

  it('has more than 60 cases', () => {
    expect(badRequests.length).toBeGreaterThan(60);
  });

  const method = fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS');
  const id = fc.oneof(fc.constantFrom('demo', 'x', '%00', '..', 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X'), fc.string().map(encodeURIComponent));
  const path = fc.oneof(
    fc.constantFrom(
      '/sessions',
      '/sessions/current',
      '/zones',
      '/agents',
      '/tasks',
      '/enroll',
      '/commands',
      '/incidents',
      '/prometheus/targets',
      '/targets/preview',
      '/schedules',
      '/webhooks',
      '/zones/demo/credentials',
    ),
    id.map((text) => `/zones/${text}`),
    id.map((text) => `/zones/${text}/join-tokens`),
    fc.tuple(id, fc.constantFrom('', '/approve', '/drain', '/undrain', '/credentials')).map(([text, action]) => `/agents/${text}${action}`),
    id.map((text) => `/incidents/${text}/close`),
    id.map((text) => `/zones/${text}/primary/handover`),
    id.map((text) => `/tasks/${text}/cancel`),
    fc.tuple(id, fc.constantFrom('retry', 'deliveries', 'deliveries/x/redeliver')).map(([text, what]) => `/tasks/${text}/${what}`),
    fc.tuple(id, fc.constantFrom('logs', 'cancel')).map(([text, what]) => `/runs/${text}/${what}`),
    fc.tuple(id, fc.constantFrom('', '/pause', '/trigger', '/fires')).map(([text, what]) => `/schedules/${text}${what}`),
    fc.tuple(id, fc.constantFrom('', '/deliveries')).map(([text, what]) => `/webhooks/${text}${what}`),
    fc.tuple(id, fc.constantFrom('credentials', 'concurrency-keys'), id).map(([text, what, name]) => `/zones/${text}/${what}/${name}`),
    fc.webPath(),
  );
  const query = fc.oneof(
    fc.constant(''),
    fc.webQueryParameters().map((text) => `?${text}`),
  );
  const body = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 200 }),
    fc
      .record({ name: fc.jsonValue(), zone: fc.jsonValue(), target: fc.jsonValue(), steps: fc.jsonValue() })
      .map((value) => JSON.stringify(value)),
  );
  const header = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    fc
      .tuple(
        fc.constantFrom('if-match', 'last-event-id', 'idempotency-key'),
        fc.oneof(fc.constantFrom('"1"', '*', '7'), fc.webQueryParameters()),
      )
      .map(([name, value]) => ({ [name]: value })),
  );
  const type = fc.oneof(
    { weight: 4, arbitrary: fc.constant('application/json') },
    { weight: 1, arbitrary: fc.constantFrom('text/html', 'a', 'application/json; charset=x', '*/*') },
  );

  it('never answers a random request with a 5xx or with anything but a problem', async () => {
    await fc.assert(
      fc.asyncProperty(method, fc.tuple(path, query), body, type, header, async (verb, [at, search], content, contentType, headers) => {
        const hasBody = !['GET', 'OPTIONS'].includes(verb);
        const answer = await gateway.send(
          verb,
          `/api/v1${at}${search}`,
          hasBody ? { text: content, headers: { ...headers, 'content-type': contentType } } : { headers },
        );
        expectNoFailure(answer);
        if (verb === 'DELETE' && at === '/sessions/current') await gateway.signIn();
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it('never answers a random question for events with a 5xx, and follows none of them', async () => {
    const field = fc.constantFrom('zone', 'type', 'subject', 'lastEventId', 'x');
    const value = fc.oneof(fc.string().map(encodeURIComponent), fc.constantFrom('host.*,', '%00', '-1', '1e3', 'demo%20'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, value), { minLength: 1, maxLength: 4 }), async (fields) => {
        const search = fields.map(([name, text]) => `${name}=${text}`).join('&');
        // HEAD says of every question what GET would, and ends.
        const answer = await gateway.send('HEAD', `/api/v1/events?${search}`);
        expect([200, 400, 404]).toContain(answer.status);
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  it('sends the services nothing that does not match their schemas', () => {
    expect(gateway.violations).toEqual([]);
    expect(gateway.logLines.filter((line) => line.includes('request failed'))).toEqual([]);
  });
});
