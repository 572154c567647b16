import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Idempotency } from '@klevr/contracts/contract';
import { forgetOldKeys, once } from '@klevr/persistence/idempotency';
import { asAppError, guarded } from '@klevr/persistence/database-errors';
import { idempotencyKeys } from './names.js';

/** Idempotency for what has its effect outside the database. */
@Injectable()
export class ReplaysStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Does `work`, or answers what it answered before. The work is done once even if this transaction is then undone, so it must bear to be done
   * again; it is never repeated here by itself.
   */
  async once<T>(idempotency: Idempotency | undefined, work: () => Promise<T>): Promise<T> {
    if (idempotency === undefined) return work();
    try {
      return await this.dataSource.transaction((manager) => once(manager, idempotencyKeys, idempotency, work));
    } catch (error) {
      throw asAppError(error);
    }
  }

  forgetOld(): Promise<number> {
    return guarded(() => forgetOldKeys(this.dataSource.manager, idempotencyKeys));
  }
}
