import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { FastifyRequest } from 'fastify';
import type { User } from './session-schemas.js';
import { bearerTokenOf } from './session.guard.js';

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

export function userOf(request: FastifyRequest): User {
  if (request.user === undefined) throw new AppError('UNAUTHENTICATED', 'This needs a session');
  return request.user;
}

/** Who asks, as the services record it. */
export const CurrentActor = createParamDecorator((_data: unknown, context: ExecutionContext): Actor => {
  const request = requestOf(context);
  const user = userOf(request);
  return { userId: user.id, username: user.username, address: request.ip };
});

export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext): User => userOf(requestOf(context)));

export const CurrentToken = createParamDecorator((_data: unknown, context: ExecutionContext): string => bearerTokenOf(requestOf(context)));

export const CallerAddress = createParamDecorator((_data: unknown, context: ExecutionContext): string => requestOf(context).ip);
