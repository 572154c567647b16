import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { lookAtBeacon } from './beacon-look.js';

const agentId = newId('agent');

describe('a look at another beacon', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  const answering = async (answer: (response: ServerResponse, path: string) => unknown): Promise<string> => {
    const made = createServer((request, response) => void answer(response, request.url ?? ''));
    server = made;
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
  };
  const json = (status: number, body: object) => (response: ServerResponse) => response.writeHead(status).end(JSON.stringify(body));

  it('tells a healthy stamp from an old one', async () => {
    const paths: string[] = [];
    const url = await answering(
      (response, path) => (paths.push(path), json(200, { agentId, healthy: true, stamp: 1, ageSeconds: 2 })(response)),
    );
    expect(await lookAtBeacon(url, agentId)).toBe('healthy');
    expect(paths).toEqual(['/chk-stamp']);
    server?.close();
    expect(await lookAtBeacon(await answering(json(503, { agentId, healthy: false })), agentId)).toBe('stale');
  });

  it.each([
    ['of another agent', json(200, { agentId: newId('agent'), healthy: true })],
    ['that is none', (response: ServerResponse) => response.end('<html>')],
    ['that leads elsewhere', (response: ServerResponse) => response.writeHead(302, { location: '/status' }).end()],
    ['that is too long', (response: ServerResponse) => response.end(JSON.stringify({ agentId, healthy: true, more: 'x'.repeat(5_000) }))],
    [
      'that breaks off',
      (response: ServerResponse) => (response.writeHead(200, { 'content-length': 100 }), response.write('{'), response.destroy()),
    ],
  ])('takes an answer %s for none', async (_, answer) => {
    expect(await lookAtBeacon(await answering(answer), agentId)).toBe('unreachable');
  });

  it('does not wait longer than a second', async () => {
    const url = await answering(() => undefined);
    const startedMs = performance.now();
    expect(await lookAtBeacon(url, agentId)).toBe('unreachable');
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  });

  it.each(['https://127.0.0.1:1', 'file:///etc/passwd', 'no address', 'http://127.0.0.1:9'])('does not reach %s', async (url) => {
    expect(await lookAtBeacon(url, agentId)).toBe('unreachable');
  });
});
