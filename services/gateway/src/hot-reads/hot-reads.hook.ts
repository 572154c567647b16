import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bearerTokenOf } from '../auth/caller.decorator.js';
import type { Principal } from '../auth/principal.js';
import type { PrincipalsService } from '../auth/principals.service.js';
import type { HotReads } from './hot-reads.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the hot reads, as this read began; undefined for what is not kept. */
    hotGeneration: number | undefined;
  }
}

const hotRoutes: ReadonlySet<string> = new Set(['/zones', '/zones/:zone', '/agents', '/agents/:id'].map((path) => `/api/v1${path}`));

const longestText = 8 * 1024;

/** Answers what was just asked by the same caller before anything else is done for the request; keeps what is answered now. */
export function serveHotReads(server: FastifyInstance, reads: HotReads, principals: PrincipalsService): void {
  server.decorateRequest('hotGeneration', undefined);
  server.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'GET' || !hotRoutes.has(request.routeOptions.url ?? '')) return done();
    request.hotGeneration = reads.generation;
    const principal = knownCaller(request, principals);
    const answer = principal && reads.find(principal, request.url);
    if (principal === undefined || answer === undefined) return done();
    request.principal = principal;
    request.hotGeneration = undefined;
    if (answer.etag !== undefined) reply.header('etag', answer.etag);
    void reply.type('application/json; charset=utf-8').send(answer.body);
  });
  server.addHook('onSend', (request, reply, payload, done) => {
    const { hotGeneration, principal } = request;
    if (hotGeneration !== undefined && principal !== undefined && reply.statusCode === 200 && typeof payload === 'string') {
      const etag = reply.getHeader('etag');
      reads.keep(
        principal,
        request.url,
        { body: payload.length > longestText ? Buffer.from(payload) : payload, etag: typeof etag === 'string' ? etag : undefined },
        hotGeneration,
      );
    }
    done();
  });
}

/** Nobody where the guard has to look closer. */
function knownCaller(request: FastifyRequest, principals: PrincipalsService): Principal | undefined {
  try {
    return principals.known(bearerTokenOf(request));
  } catch {
    return undefined;
  }
}
