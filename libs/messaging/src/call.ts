import type { RequestContract, ReplyOf, RequestInput } from '@klevr/contracts/contract';
import { replyEnvelope } from '@klevr/contracts/contract';
import { AppError, badRequest } from '@klevr/contracts/errors';
import type { z } from 'zod';
import type { Bus } from './bus.js';
import { DisconnectedError, MessageTooLargeError, NoResponderError, RequestTimeoutError } from './bus-errors.js';
import type { InboxFor } from './request-mux.js';

const replySchemas = new WeakMap<RequestContract, z.ZodType>();

const replySchemaOf = (contract: RequestContract): z.ZodType => {
  const known = replySchemas.get(contract);
  if (known !== undefined) return known;
  const made = replyEnvelope(contract.reply);
  replySchemas.set(contract, made);
  return made;
};

/**
 * Calls a contract and answers its data. Request and reply are validated. Throws the AppError that the other side answered with, or
 * UNAVAILABLE where it did not answer (its cause says whether nobody was there or time ran out). `isChecked`: the request's parts have just passed
 * the very schemas of the contract, so they need not once more.
 */
export const call = async <C extends RequestContract>(
  bus: Bus,
  contract: C,
  request: RequestInput<C>,
  options: { subject?: string; inbox?: InboxFor; timeoutMs?: number; isChecked?: boolean } = {},
): Promise<ReplyOf<C>> => {
  const checked: unknown = options.isChecked === true ? request : checkedRequest(contract, request);
  let body: unknown;
  try {
    const reply = await bus.request(options.subject ?? contract.subscription, contract.name, checked, {
      inbox: options.inbox ?? { to: 'service' },
      timeoutMs: options.timeoutMs ?? 5_000,
      version: contract.version,
    });
    body = reply.json();
  } catch (cause) {
    throw unavailable(contract, cause);
  }
  const answer = replySchemaOf(contract).safeParse(body) as z.ZodSafeParseResult<
    { ok: true; data: ReplyOf<C> } | { ok: false; error: never }
  >;
  if (!answer.success) throw new AppError('INTERNAL', `${contract.name} answered with another schema`, { cause: answer.error });
  if (!answer.data.ok) throw AppError.fromBody(answer.data.error);
  return answer.data.data;
};

const checkedRequest = (contract: RequestContract, request: unknown): unknown => {
  const checked = contract.request.safeParse(request);
  if (!checked.success) throw badRequest(checked.error);
  return checked.data;
};

const unavailable = (contract: RequestContract, cause: unknown): unknown => {
  if (cause instanceof NoResponderError) {
    return new AppError('UNAVAILABLE', `The ${contract.handledBy} is away`, { cause, retryAfterSeconds: 1 });
  }
  if (cause instanceof RequestTimeoutError) {
    return new AppError('UNAVAILABLE', `The ${contract.handledBy} did not answer in time`, { cause, retryAfterSeconds: 2 });
  }
  if (cause instanceof DisconnectedError) return new AppError('UNAVAILABLE', 'NATS is away', { cause, retryAfterSeconds: 1 });
  if (cause instanceof MessageTooLargeError) return new AppError('TOO_LARGE', 'The request is too large to be passed on', { cause });
  return cause;
};
