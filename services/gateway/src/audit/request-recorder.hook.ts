import { Injectable } from '@nestjs/common';
import { newId } from '@klevr/contracts/ids';
import { Clock } from '@klevr/platform/clock';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { traceIdOf } from '../http/request-context.hook.js';
import type { AuditEntry } from './audit-entry.js';
import { AuditService } from './audit.service.js';

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);
const refusals = new Set([401, 403, 429]);

/** Hands every change, and every refused attempt of anything, to the audit trail once it is answered. */
@Injectable()
export class RequestRecorder {
  constructor(
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  record(server: FastifyInstance): void {
    server.addHook('onResponse', (request, reply, done) => {
      if (isAudited(request, reply)) this.audit.record(this.entryOf(request, reply));
      done();
    });
  }

  private entryOf(request: FastifyRequest, reply: FastifyReply): AuditEntry {
    const { principal } = request;
    return {
      id: newId('audit'),
      at: new Date(this.clock.nowMs()),
      userId: principal?.userId ?? null,
      username: principal?.username ?? triedName(request),
      address: request.ip.slice(0, 64),
      action: `${request.method} ${request.routeOptions.url ?? ''}`.slice(0, 128),
      target: (request.url.split('?', 1)[0] ?? '').slice(0, 255),
      status: reply.statusCode,
      code: request.problemCode ?? null,
      traceId: traceIdOf(request),
    };
  }
}

/** What no route took changed nothing and guessed at nothing. */
const isAudited = (request: FastifyRequest, reply: FastifyReply): boolean =>
  !request.is404 && (!reading.has(request.method) || refusals.has(reply.statusCode));

function triedName(request: FastifyRequest): string | null {
  const { body } = request;
  if (typeof body !== 'object' || body === null || !('username' in body)) return null;
  return typeof body.username === 'string' ? body.username.slice(0, 64) : null;
}
