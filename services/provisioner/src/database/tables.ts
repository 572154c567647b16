import { idempotencyTable } from '@klevr/persistence/idempotency';
import { outboxTable } from '@klevr/persistence/outbox';

/** The service's own copies of the tables that every service has. */
export const outbox = outboxTable('provisioner');
export const idempotencyKeys = idempotencyTable('provisioner');
