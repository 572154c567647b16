import { idempotencyTable } from '@klevr/persistence/idempotency';

export const idempotencyKeys = idempotencyTable('gateway');
