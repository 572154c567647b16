import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { forgetOldKeys } from '@klevr/persistence/idempotency';
import { DataSource } from 'typeorm';
import { idempotencyKeys } from '../tables.js';

/** The `Idempotency-Key`s of what the gateway makes itself: users, invitations, API tokens. */
@Injectable()
export class IdempotencyKeysStore {
  constructor(private readonly dataSource: DataSource) {}

  /** A number at once; answers how many went. */
  forgetOld(): Promise<number> {
    return guarded(() => forgetOldKeys(this.dataSource.manager, idempotencyKeys));
  }
}
