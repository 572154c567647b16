import type { FastifyInstance } from 'fastify';

/**
 * At a stop Fastify ends the connections that are idle just then. Those whose answer ends a moment later would be kept open by clients that like to
 * keep them, and the stop would wait for them: they are ended behind that answer.
 */
export function endLateConnections(server: FastifyInstance): void {
  let isClosing = false;
  server.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  server.addHook('onResponse', (_request, _reply, done) => {
    if (isClosing) setImmediate(() => server.server.closeIdleConnections());
    done();
  });
}
