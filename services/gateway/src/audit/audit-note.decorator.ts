import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AuditNote, AuditTrace } from './audit-note.js';

export const traceOf = (request: FastifyRequest): AuditTrace => (request.auditTrace ??= { isAdmitted: false, isRecorded: false });

/**
 * An object to be filled: what the route knows for the audit trail and neither its path nor its answer tells. A GET that has one that is
 * filled is recorded like a change.
 */
export const Noted = createParamDecorator((_data: unknown, context: ExecutionContext): AuditNote => {
  const trace = traceOf(context.switchToHttp().getRequest<FastifyRequest>());
  return (trace.note ??= {});
});
