import { applyDecorators, createParamDecorator, type CallHandler, type ExecutionContext, UseInterceptors } from '@nestjs/common';
import type { NestInterceptor } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, tap } from 'rxjs';
import { refusalOf } from './request-faults.js';

/**
 * Optimistic locking by entity tags: an answer about a zone, an agent, a schedule, a webhook, a source or a resource carries `ETag: "<revision>"`, and `If-Match` with that tag makes a change
 * fail with 412 where somebody else changed the thing meanwhile. The revision counts what operators change; what the thing reports about itself
 * (its primary, its status) moves on without it, so the tag must not be used to skip reading.
 */
const tag = /^"(0|[1-9]\d{0,14})"$/;

/** The revision that `If-Match` names; undefined for `*` and where there is no such header. */
export const IfRevision = createParamDecorator(async (_data: unknown, context: ExecutionContext): Promise<number | undefined> => {
  const given = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (given === undefined || given === '*') return undefined;
  const revision = tag.exec(given)?.[1];
  if (revision === undefined)
    throw await refusalOf([{ path: 'If-Match', message: 'must be one ETag as it was answered, such as "3", or *' }]);
  return Number(revision);
});

/** For spreading into a call: an absent revision is no field at all. */
export const withRevision = (revision: number | undefined): { ifRevision?: number } =>
  revision === undefined ? {} : { ifRevision: revision };

class RevisionTag implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<{ revision: number }>): Observable<{ revision: number }> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(tap(({ revision }) => void reply.header('etag', `"${revision}"`)));
  }
}

/** The answer of this route, with this status, is a thing with a revision, and its header `ETag` says which. */
export const AnswersETag = (status = 200): MethodDecorator =>
  applyDecorators(
    UseInterceptors(new RevisionTag()),
    // Joins what else is said of this status.
    ApiResponse({
      status,
      headers: { ETag: { description: 'The revision of the thing, for `If-Match`', schema: { type: 'string', examples: ['"3"'] } } },
    }),
  );

/** This route heeds `If-Match`. */
export const HeedsIfMatch = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412',
      schema: { type: 'string', examples: ['"3"', '*'] },
    }),
  );
