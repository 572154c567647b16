import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { asAppError, transactionConflict } from './database-errors.js';

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 5;

/**
 * Runs `work` in one transaction.
 *
 * Promises: when it returns, the work is committed. A transaction that lost against others (deadlock, lock wait, changed row) is undone and run
 * again, five times at most with growing random pauses; so `work` must do nothing outside the database. A database that cannot serve is
 * AppError UNAVAILABLE. Errors that `work` throws undo the transaction and come out as they are.
 * Does not promise: that UNAVAILABLE means undone. The connection may have broken after the commit took effect; callers that try again need an
 * idempotency key or a compare-and-set.
 */
export async function inTransaction<T>(dataSource: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      if (attempt === ATTEMPTS || !transactionConflict(error)) throw asAppError(error);
      await delay(Math.random() * FIRST_PAUSE_MS * 2 ** attempt);
    }
  }
}
