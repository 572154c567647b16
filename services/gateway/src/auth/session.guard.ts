import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AppError } from '@klevr/contracts/errors';
import type { FastifyRequest } from 'fastify';
import { publicRoute } from './public.decorator.js';
import type { User } from './session-schemas.js';
import { SessionsService } from './sessions.service.js';

declare module 'fastify' {
  interface FastifyRequest {
    user: User | undefined;
  }
}

const bearer = /^Bearer ([\x21-\x7e]{1,256})$/i;

/** The token of a request's one `Authorization: Bearer …`. */
export function bearerTokenOf(request: FastifyRequest): string {
  const token = bearer.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new AppError('UNAUTHENTICATED', 'This needs the header Authorization: Bearer <session token>');
  // Node keeps the first of several; a proxy before us may have judged another one.
  const given = request.raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'authorization');
  if (given.length > 1) throw new AppError('BAD_REQUEST', 'The header Authorization stands there more than once');
  return token;
}

/** Every route needs a session unless it says `@Public()`. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: SessionsService,
  ) {}

  /** Answers at once where the session was just verified. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(publicRoute, [context.getHandler(), context.getClass()]);
    if (isPublic === true) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerTokenOf(request);
    request.user = this.sessions.known(token);
    return request.user !== undefined || this.authenticate(request, token);
  }

  private async authenticate(request: FastifyRequest, token: string): Promise<boolean> {
    request.user = await this.sessions.authenticate(token);
    return true;
  }
}
