import { idempotencyTable } from '@klevr/persistence/idempotency';
import { outboxTable } from '@klevr/persistence/outbox';

export const outbox = outboxTable('scheduler');
export const idempotencyKeys = idempotencyTable('scheduler');
