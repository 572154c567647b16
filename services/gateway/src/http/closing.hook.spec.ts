import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { endLateConnections } from './closing.hook.js';

describe('a stop', () => {
  it('does not wait for connections on which nothing was asked', async () => {
    const server = fastify();
    endLateConnections(server);
    await server.listen({ host: '127.0.0.1', port: 0 });
    const accepted = once(server.server, 'connection');
    const client = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    await accepted;
    const ended = once(client, 'close');
    await server.close();
    await ended;
    expect(client.destroyed).toBe(true);
  });

  it('lets a request that is under way come to its answer', async () => {
    const server = fastify();
    endLateConnections(server);
    let answer: (text: string) => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      server.get('/', () => {
        resolve();
        return new Promise<string>((done) => (answer = done));
      });
    });
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    const asked = fetch(address);
    await begun;
    const closed = server.close();
    answer('here');
    expect(await (await asked).text()).toBe('here');
    await closed;
  });
});
