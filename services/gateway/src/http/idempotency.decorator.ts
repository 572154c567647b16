import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Idempotency } from '@klevr/contracts/contract';
import type { FastifyRequest } from 'fastify';
import { userOf } from '../auth/caller.decorator.js';
import { canonicalDigest } from './canonical-digest.js';
import { refusalOf } from './request-faults.js';

const printable = /^[\x21-\x7e]{1,255}$/;

/**
 * The request's `Idempotency-Key`, if it has one. A key belongs to its user and route; the digest covers body and path, so that the same key
 * for another zone is noticed as another request.
 */
export const IdempotencyOf = createParamDecorator(async (_data: unknown, context: ExecutionContext): Promise<Idempotency | undefined> => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !printable.test(key)) {
    throw await refusalOf([{ path: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters without spaces, once' }]);
  }
  const scope = `${userOf(request).id} ${request.method} ${request.routeOptions.url ?? ''}`;
  return { key, scope, digest: canonicalDigest([request.params, request.body ?? null]) };
});

/** For spreading into a call: an absent key is no field at all. */
export const withIdempotency = (idempotency: Idempotency | undefined): { idempotency?: Idempotency } =>
  idempotency === undefined ? {} : { idempotency };
