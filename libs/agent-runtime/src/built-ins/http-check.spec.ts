import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { builtInCommands, type ResultOf } from '@klevr/contracts/commands';
import { builtInCommandsOf, outputOfFailure } from '../run/built-in-commands.js';
import { agentHost } from './agent-host.fixture.js';

describe('HttpCheck', () => {
  let server: Server;
  let origin: string;
  const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    '/fine': (request, response) => response.end(`${request.method} ${request.headers['x-token'] as string}`),
    '/away': (_, response) => response.writeHead(503).end('out of order'),
    '/moved': (_, response) => response.writeHead(302, { location: '/fine' }).end(),
    '/large': (_, response) => response.end(`${'x'.repeat(500_000)}needle${'y'.repeat(3_000_000)}far`),
    '/endless': (_, response) => response.write('x'.repeat(2_000_000)),
    '/slow': () => undefined,
    '/trickle': (_, response) => response.write('a little'),
  };

  beforeAll(async () => {
    server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const run = (path: string, more: object = {}, signal = new AbortController().signal): Promise<string | null> =>
    Promise.resolve(
      builtInCommandsOf(agentHost())
        .get('HttpCheck')
        ?.run(
          { url: `${origin}${path}`, ...more },
          { runId: 'r', attempt: 1, taskName: 't', signal, credentials: new Map(), say: () => undefined },
        ) ?? null,
    );
  const check = async (path: string, more: object = {}): Promise<ResultOf<'HttpCheck'>> =>
    builtInCommands.HttpCheck.result.parse(JSON.parse((await run(path, more)) ?? 'null'));
  const failure = (path: string, more: object = {}): Promise<Error> =>
    run(path, more).then(
      () => new Error('succeeded'),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );

  it('tells status, time and the start of the body of an answer that is as expected', async () => {
    const result = await check('/fine', { method: 'PUT', headers: { 'x-token': 'abc' }, expectBody: 'PUT abc' });
    expect(result).toEqual({ status: 200, durationMs: expect.any(Number), bodyStart: 'PUT abc' });
  });

  it('fails with another status than expected, and shows what came', async () => {
    const error = await failure('/away');
    expect(error.message).toBe(`GET ${origin}/away answered 503, expected 200 to 299`);
    expect(JSON.parse(outputOfFailure(error) ?? '')).toMatchObject({ status: 503, bodyStart: 'out of order' });
    expect(await check('/away', { expectStatus: [500, 503] })).toMatchObject({ status: 503 });
    expect((await failure('/fine', { expectStatus: [404] })).message).toContain('answered 200, expected 404');
  });

  it('finds a text in the first MiB of a body, of which it shows the start', async () => {
    expect((await check('/large', { expectBody: 'needle' })).bodyStart).toBe('x'.repeat(4_096));
    expect((await failure('/large', { expectBody: 'far' })).message).toContain('answered without the expected text');
  });

  it('reads no more of a body than it needs', async () => {
    expect((await failure('/endless', { expectBody: 'far', timeoutSeconds: 3 })).message).toContain('answered without the expected text');
    expect((await check('/endless', { timeoutSeconds: 3 })).bodyStart).toHaveLength(4_096);
  });

  it('follows a redirect only where it is told to', async () => {
    expect(await check('/moved', { expectStatus: [302] })).toMatchObject({ status: 302 });
    expect((await failure('/moved')).message).toContain('answered 302');
    expect(await check('/moved', { followRedirects: true })).toMatchObject({ status: 200 });
  });

  it.each(['/slow', '/trickle'])('ends by its own time-out where the server takes too long (%s)', async (path) => {
    const error = await failure(path, { timeoutSeconds: 0.2, expectBody: 'more' });
    expect(error.message).toBe(`${origin}${path} has not answered within 0.2 s`);
  });

  it('ends with its step', async () => {
    const stop = new AbortController();
    const ended = run('/slow', {}, stop.signal);
    stop.abort();
    await expect(ended).rejects.toThrow('aborted');
  });

  it('says why a server cannot be asked', async () => {
    const { port } = await new Promise<AddressInfo>((resolve) => {
      const closed = createServer().listen(0, '127.0.0.1', () => {
        const address = closed.address() as AddressInfo;
        closed.close(() => resolve(address));
      });
    });
    const error = await failure('', { url: `http://127.0.0.1:${port}/` });
    expect(error.message).toMatch(/cannot be asked: .*ECONNREFUSED/);
  });
});
