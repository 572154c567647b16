import { describe, expect, it } from '@jest/globals';
import Fastify from 'fastify';
import { followRequests } from './request-context.hook.js';

describe('what is known of a request', () => {
  it('has the address of its caller also after the caller has hung up', async () => {
    const server = Fastify();
    followRequests(server);
    const seen: unknown[] = [];
    const answered = new Promise<void>((resolve) => {
      server.addHook('onResponse', (request, _reply, done) => {
        Object.defineProperty(request.raw.socket, 'remoteAddress', { value: undefined });
        seen.push(request.ip);
        done();
        resolve();
      });
    });
    server.get('/', () => ({}));
    await server.inject({ url: '/', remoteAddress: '10.0.0.1' });
    await answered;
    expect(seen).toEqual(['10.0.0.1']);
    await server.close();
  });
});
