import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Idempotency } from '@klevr/contracts/contract';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../auth/caller.decorator.js';
import { canonicalDigest } from './canonical-digest.js';
import { refusalOf } from './request-faults.js';

const stretch = promisify<string, string, number, Buffer>(scrypt);
const printable = /^[\x21-\x7e]{1,255}$/;

/**
 * The request's `Idempotency-Key`, if it has one. A key belongs to its user and route; the digest covers body and path, so that the same key
 * for another zone is noticed as another request. The digest is stored, so a field that holds a secret has to be named: a short one could be
 * guessed from a plain digest.
 */
export const IdempotencyOf = createParamDecorator(
  (secret: string | undefined, context: ExecutionContext): undefined | Promise<Idempotency> => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers['idempotency-key'];
    return key === undefined ? undefined : idempotencyOf(request, key, secret);
  },
);

async function idempotencyOf(request: FastifyRequest, key: string | string[], secret: string | undefined): Promise<Idempotency> {
  if (typeof key !== 'string' || !printable.test(key)) {
    throw await refusalOf([{ path: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters without spaces, once' }]);
  }
  const scope = `${principalOf(request).userId} ${request.method} ${request.routeOptions.url ?? ''}`;
  return { key, scope, digest: canonicalDigest([request.params, await digestible(request.body ?? null, secret, `${scope} ${key}`)]) };
}

async function digestible(body: unknown, secret: string | undefined, salt: string): Promise<unknown> {
  if (secret === undefined || typeof body !== 'object' || body === null) return body;
  const value = (body as Record<string, unknown>)[secret];
  if (value === undefined || value === null) return body;
  const text = typeof value === 'string' ? value : canonicalDigest(value);
  return { ...body, [secret]: (await stretch(text, salt, 32)).toString('hex') };
}

/** For spreading into a call: an absent key is no field at all. */
export const withIdempotency = (idempotency: Idempotency | undefined): { idempotency?: Idempotency } =>
  idempotency === undefined ? {} : { idempotency };
