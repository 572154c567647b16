import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openDemoZone } from './demo-zone.js';

describe('openDemoZone', () => {
  let server: Server;
  const asked: string[] = [];

  const answering = async (status: number): Promise<string> => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const open = (apiUrl: string) => openDemoZone({ apiUrl, username: 'admin', password: 'old', signal: new AbortController().signal });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
    asked.length = 0;
  });

  it('leaves the zone as it is where the password was changed', async () => {
    expect(await open(await answering(401))).toBeUndefined();
    expect(asked).toEqual(['POST /api/v1/sessions']);
  });

  it('says what was answered to a sign-in that fails for another reason', async () => {
    await expect(open(await answering(429))).rejects.toThrow('POST /sessions answered 429');
  });
});
