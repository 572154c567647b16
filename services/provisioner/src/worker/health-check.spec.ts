import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthCheck } from '@klevr/contracts/recipe';
import type { DriverSession } from '@klevr/drivers/driver';
import { look } from './health-check.js';
import type { CheckAnswer } from './health-judge.js';

describe('a look whether something works', () => {
  let http: Server;
  let origin: string;
  const environment = { PATH: process.env['PATH'] ?? '', SHOWN: 'yes' };
  const engine = {
    engineHealth: async (part?: string) => ({
      state: part === 'box/bad' ? 'unhealthy' : 'healthy',
      message: part === 'box/bad' ? 'exited' : '',
    }),
    execute: async (_: string, command: readonly string[]) => ({ exitCode: command.length - 1, output: `${command.join(' ')}\n` }),
  } as unknown as DriverSession;
  const once = (check: object, signal = new AbortController().signal): Promise<CheckAnswer> =>
    look(HealthCheck.parse({ name: 'it', ...check }), { session: () => Promise.resolve(engine), environment, signal });

  beforeAll(async () => {
    http = createServer((request, response) => {
      if (request.url === '/hangs') return;
      response.writeHead(Number(request.url?.slice(1, 4))).end('the answer is 42');
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    http.closeAllConnections();
    http.close();
  });

  it('asks over HTTP for a status and a text', async () => {
    const ask = (path: string, more: object = {}): Promise<CheckAnswer> => once({ type: 'http', url: `${origin}${path}`, ...more });
    expect(await ask('/204')).toEqual({ good: true, message: 'answered 204' });
    expect(await ask('/503')).toEqual({ good: false, message: 'answered 503' });
    expect(await ask('/503', { expectStatus: [503] })).toMatchObject({ good: true });
    expect(await ask('/200', { expectBody: 'is 42' })).toMatchObject({ good: true });
    expect(await ask('/200', { expectBody: 'is 43' })).toEqual({ good: false, message: 'answered without the expected text' });
    expect(await ask('/hangs', { timeoutSeconds: 0.1 })).toEqual({ good: false, message: 'no answer within 0.1 s' });
  });

  it('connects over TCP', async () => {
    const { port } = http.address() as AddressInfo;
    expect(await once({ type: 'tcp', port })).toMatchObject({ good: true });
    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const freed = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const refused = await once({ type: 'tcp', port: freed });
    expect(refused).toMatchObject({ good: false, message: expect.stringContaining('ECONNREFUSED') });
  });

  it('runs a program on the host, without a shell and with what the worker gives on', async () => {
    const run = (...command: string[]): Promise<CheckAnswer> => once({ type: 'command', command });
    expect(await run('echo', '$SHOWN; false')).toEqual({ good: true, message: 'exit code 0: $SHOWN; false' });
    expect(await run('printenv', 'SHOWN')).toEqual({ good: true, message: 'exit code 0: yes' });
    expect((await run('printenv', 'JEST_WORKER_ID')).good).toBe(false);
    expect(await run('false')).toEqual({ good: false, message: 'exit code 1' });
    expect(await run('/does/not/exist')).toMatchObject({ good: false, message: expect.stringContaining('ENOENT') });
    expect(await once({ type: 'command', command: ['sleep', '60'], timeoutSeconds: 0.1 })).toMatchObject({ good: false });
  });

  it('asks the engine, and runs a program in a part', async () => {
    expect(await once({ type: 'engine' })).toEqual({ good: true, message: 'healthy' });
    expect(await once({ type: 'engine', part: 'box/bad' })).toEqual({ good: false, message: 'unhealthy: exited' });
    expect(await once({ type: 'command', part: 'box/web', command: ['true'] })).toEqual({ good: true, message: 'exit code 0: true' });
    expect(await once({ type: 'command', part: 'box/web', command: ['true', 'x'] })).toEqual({
      good: false,
      message: 'exit code 1: true x',
    });
  });

  it('says nothing where it was ended', async () => {
    const end = new AbortController();
    const hanging = once({ type: 'http', url: `${origin}/hangs` }, end.signal);
    end.abort(new Error('ended'));
    await expect(hanging).rejects.toThrow(/ended|too long/);
  });
});
