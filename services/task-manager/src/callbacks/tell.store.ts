import type { Event } from '@klevr/contracts/event';
import { appendOutbox, type OutboxMessage } from '@klevr/persistence/outbox';
import type { EntityManager } from 'typeorm';
import { outbox } from '../database/tables.js';
import { makeDue, type Happened } from './due.store.js';

/**
 * The one way in which events leave a transaction of this service: into the outbox, and to the webhooks that want them, together with what else happened.
 * Answers whether a callback or webhook fell due, so that its sender must be woken after the commit.
 */
export const tell = async (
  manager: EntityManager,
  messages: readonly OutboxMessage[],
  happened: Omit<Happened, 'events'>,
  now: Date,
): Promise<boolean> => {
  await appendOutbox(manager, outbox, messages);
  return makeDue(manager, { ...happened, events: messages.map(({ body }) => body as Event) }, now);
};
