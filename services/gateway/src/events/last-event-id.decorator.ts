import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { refusalOf } from '../http/request-faults.js';
import { EventSequence } from './event-filter.js';

/** What a browser sends by itself when it connects again. */
export const LastEventId = createParamDecorator(async (_data: unknown, context: ExecutionContext): Promise<number | undefined> => {
  const given = context.switchToHttp().getRequest<FastifyRequest>().headers['last-event-id'];
  if (given === undefined) return undefined;
  const sequence = EventSequence.safeParse(given);
  if (!sequence.success) throw await refusalOf([{ path: 'Last-Event-ID', message: 'must be the id of an event of this stream' }]);
  return Number(sequence.data);
});
