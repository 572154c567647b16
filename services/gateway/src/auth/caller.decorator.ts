import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; undefined for what needs no session. */
    principal: Principal | undefined;
    /** The zone that the request concerns, where it concerns one and that was looked up. */
    zoneId: string | undefined;
    /** What a list may show; undefined for all zones. */
    scope: string[] | undefined;
  }
}

const bearer = /^Bearer ([\x21-\x7e]{1,256})$/i;

/** The token of a request's one `Authorization: Bearer …`. */
export function bearerTokenOf(request: FastifyRequest): string {
  const token = bearer.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined)
    throw new AppError('UNAUTHENTICATED', 'This needs the header Authorization: Bearer <token of a session, or API token>');
  // Node keeps the first of several; a proxy before us may have judged another one.
  const given = request.raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'authorization');
  if (given.length > 1) throw new AppError('BAD_REQUEST', 'The header Authorization stands there more than once');
  return token;
}

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

export function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === undefined) throw new AppError('UNAUTHENTICATED', 'This needs a session or an API token');
  return principal;
}

/** Who asks, as the services record it. */
export const CurrentActor = createParamDecorator((_data: unknown, context: ExecutionContext): Actor => {
  const request = requestOf(context);
  const { userId, username } = principalOf(request);
  return { userId, username, address: request.ip };
});

export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => principalOf(requestOf(context)));

/** The zones that a list may show, for spreading into its request. */
export interface Scoped {
  readonly scope?: string[];
}

export const Scope = createParamDecorator((_data: unknown, context: ExecutionContext): Scoped => {
  const { scope } = requestOf(context);
  return scope === undefined ? {} : { scope };
});

export const CurrentToken = createParamDecorator((_data: unknown, context: ExecutionContext): string => bearerTokenOf(requestOf(context)));

export const CallerAddress = createParamDecorator((_data: unknown, context: ExecutionContext): string => requestOf(context).ip);

export const UserAgent = createParamDecorator(
  (_data: unknown, context: ExecutionContext): string | undefined => requestOf(context).headers['user-agent'],
);
