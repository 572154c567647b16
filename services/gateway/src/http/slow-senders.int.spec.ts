import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHttpAdapter } from './http.adapter.js';
import { Problem } from './problem.js';

describe('senders that are slow, or many', () => {
  const adapter = createHttpAdapter({ headersTimeoutMs: 300, requestTimeoutMs: 600, maxConnections: 2 });
  const server = adapter.getInstance();
  let port = 0;
  const open: Socket[] = [];

  beforeAll(async () => {
    server.post('/', (request) => ({ got: request.body, headers: request.raw.rawHeaders.length / 2 }));
    port = Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port);
  });

  afterAll(async () => {
    for (const socket of open) socket.destroy();
    await server.close();
  });

  /** What came back until the server hung up. */
  const say = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      let got = '';
      socket.setTimeout(20_000, () => socket.destroy(new Error(`the server holds on: ${got}`)));
      socket.on('data', (bytes: Buffer) => (got += bytes.toString()));
      socket.on('close', () => resolve(got));
      socket.on('error', reject);
    });

  it.each([
    ['headers that do not end', 'POST / HTTP/1.1\r\nhost: a\r\nx-a: b\r\n'],
    ['a body that does not come', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a":'],
    [
      'chunks that do not end',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n',
    ],
  ])('are hung up on, told why: %s', async (_name, text) => {
    const [head = '', body = ''] = (await say(text)).split('\r\n\r\n', 2);
    expect(head).toMatch(/^HTTP\/1.1 408 /);
    expect(head).toMatch(/connection: close/);
    expect(Problem.parse(JSON.parse(body)).detail).toBe('The request did not arrive in time');
  });

  it('lose none of their headers without a word', async () => {
    const many = Array.from({ length: 2_500 }, (_, at) => `${at.toString(36)}:`).join('\r\n');
    const answer = await say(`POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${many}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toContain('"headers":2502');
  });

  it('are hung up on where there are more than may be', async () => {
    const held = (): Promise<Socket> =>
      new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket));
        socket.on('error', reject);
        open.push(socket);
      });
    const first = await held();
    await held();
    const third = await held();
    await new Promise((resolve) => third.once('close', resolve).resume());
    expect(first.destroyed).toBe(false);
  });
});
