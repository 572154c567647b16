import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';

/**
 * At a stop Fastify ends the connections that are idle just then. Those whose answer ends a moment later would be kept open by clients that like to
 * keep them, and the stop would wait for them: they are ended behind that answer. Those on which nothing was ever asked are no idle ones to Node:
 * browsers and probes open such, and the stop would wait for a minute; they are ended at once.
 */
export function endLateConnections(server: FastifyInstance): void {
  let isClosing = false;
  const silent = new Set<Socket>();
  server.server.on(server.server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    if (isClosing) return socket.destroy();
    silent.add(socket);
    return socket.once('close', () => silent.delete(socket));
  });
  server.server.on('request', ({ socket }) => silent.delete(socket));
  server.addHook('preClose', (done) => {
    isClosing = true;
    for (const socket of silent) socket.destroy();
    done();
  });
  server.addHook('onResponse', (_request, _reply, done) => {
    if (isClosing) setImmediate(() => server.server.closeIdleConnections());
    done();
  });
}
