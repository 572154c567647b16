import { AppError, type ErrorCode } from '@klevr/contracts/errors';
import { newTraceparent, withTrace } from '@klevr/messaging/trace';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { gatheringFaults } from './request-faults.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C trace context of this request: the caller's trace id if there was a good one, else a new one. */
    traceparent: string;
    /** The code of the problem that this request was answered with. */
    problemCode: ErrorCode | undefined;
  }
}

const cleanRequestId = /^[\w.:-]{1,128}$/;

export const traceIdOf = (request: FastifyRequest): string => request.traceparent.slice(3, 35);

/** Also for requests that the server refuses before any hook runs. */
export function identify(request: FastifyRequest, reply: FastifyReply): void {
  keepAddress(request);
  const parent = request.headers['traceparent'];
  request.traceparent = newTraceparent(typeof parent === 'string' ? parent : undefined);
  const requestId = request.headers['x-request-id'];
  reply.header('x-request-id', typeof requestId === 'string' && cleanRequestId.test(requestId) ? requestId : traceIdOf(request));
}

/** The socket tells it only while it is open; who was served after hanging up came from somewhere as well. */
function keepAddress(request: FastifyRequest): void {
  const address: string | undefined = request.ip;
  Object.defineProperty(request, 'ip', { value: address ?? 'unknown' });
}

/** Every request has a trace, which goes on in the messages that it causes. */
export function followRequests(server: FastifyInstance): void {
  server.decorateRequest('traceparent', '');
  server.decorateRequest('problemCode', undefined);
  server.decorateRequest('principal', undefined);
  server.decorateRequest('zoneId', undefined);
  server.decorateRequest('scope', undefined);
  server.addHook('onRequest', (request, reply, done) => {
    identify(request, reply);
    const error = request.headers.host === undefined ? new AppError('BAD_REQUEST', 'The request has no Host') : undefined;
    // Fastify itself carries this context over to where the body has arrived.
    withTrace(request.traceparent, () => gatheringFaults(() => done(error)));
  });
}
