import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

const plainHost = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/** The origin at which the caller reached this door; undefined if the host that it named is none. */
export const reachedAt = (request: FastifyRequest): string | undefined =>
  plainHost.test(request.host) ? `${request.protocol}://${request.host}` : undefined;

export const ReachedAt = createParamDecorator((_data: unknown, context: ExecutionContext): string | undefined =>
  reachedAt(context.switchToHttp().getRequest<FastifyRequest>()),
);
