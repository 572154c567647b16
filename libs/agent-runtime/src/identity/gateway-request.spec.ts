import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestAuthority } from '@klevr/testing/certificates';
import { type GatewayAnswer, postToGateway } from './gateway-post.js';
import { requestTrusting } from './gateway-request.js';

describe('the gateway behind an authority of its own', () => {
  let folder: string;
  let [caFile, otherCaFile, url] = ['', '', ''];
  const servers: Server[] = [];
  const heard: string[] = [];

  const answer: RequestListener = (request, response) => {
    request.on('data', (bytes: Buffer) => heard.push(String(bytes)));
    request.on('end', () => {
      if (request.url === '/elsewhere') response.writeHead(302, { location: '/' }).end();
      else response.writeHead(request.url === '/no' ? 429 : 200, { 'retry-after': '7', 'content-type': 'application/json' }).end('{"a":1}');
    });
  };
  const listen = async (server: Server, scheme: string): Promise<string> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `${scheme}://localhost:${(server.address() as AddressInfo).port}`;
  };
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-gateway-'));
    const authority = await TestAuthority.create();
    caFile = await write('ca.pem', authority.pem);
    otherCaFile = await write('other-ca.pem', (await TestAuthority.create('another')).pem);
    url = await listen(createServer(await authority.issue({ name: 'gateway', hosts: ['localhost'] }), answer), 'https');
  });

  afterAll(async () => {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const post = (to: string, request: ReturnType<typeof requestTrusting> = requestTrusting(caFile)): Promise<GatewayAnswer> =>
    postToGateway({ url: new URL(to), body: { b: 'ü' }, timeoutMs: 20_000, request });

  it('is spoken with where its authority is known', async () => {
    expect(await post(url)).toEqual({ kind: 'ok', body: { a: 1 } });
    expect(heard).toEqual(['{"b":"ü"}']);
    expect(await post(`${url}/no`)).toMatchObject({ kind: 'away', retryAfterMs: 7_000 });
  });

  it('is not spoken with where it is not, nor under another name, and what to change is said', async () => {
    const untrusted = { kind: 'away', why: expect.stringMatching(/not trusted here: .*KLEVR_CA_FILE/) as unknown };
    expect(await post(url, requestTrusting(otherCaFile))).toMatchObject(untrusted);
    expect(await post(url, fetch)).toMatchObject(untrusted);
    expect(await post(url.replace('localhost', '127.0.0.1'))).toMatchObject({ why: expect.stringMatching(/for another host/) as unknown });
  });

  it('is not spoken with plainly where it serves HTTPS, nor in TLS where it does not', async () => {
    expect(await post(url.replace('https', 'http'))).toMatchObject({
      why: expect.stringMatching(/use https:\/\/ in KLEVR_SERVER_URL/) as unknown,
    });
    const plain = (await listen(createHttp(answer), 'http')).replace('http', 'https');
    expect(await post(plain)).toMatchObject({ why: expect.stringMatching(/does not speak TLS/) as unknown });
  });

  it('leads nowhere else', async () => {
    expect(await post(`${url}/elsewhere`)).toMatchObject({ kind: 'away', why: expect.stringContaining('redirects') as unknown });
  });
});
