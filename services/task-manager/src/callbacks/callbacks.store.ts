import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Answer, NextStep } from './retry-schedule.js';

export interface DueDelivery {
  readonly id: string;
  readonly taskId: string;
  readonly eventType: string;
  readonly url: string;
  readonly secret: string;
  /** The one that is about to be made included. */
  readonly attempts: number;
  readonly createdAt: Date;
}

/** Longer than a try may take; after it the row is anybody's again. */
const leaseMs = 60_000;

/** Callbacks that are due: each row is one sender's for the length of a lease. */
@Injectable()
export class CallbacksStore {
  constructor(private readonly dataSource: DataSource) {}

  lease(limit: number, now: Date): Promise<DueDelivery[]> {
    return inTransaction(this.dataSource, async (manager) => {
      const due = await manager.query<{ id: string }[]>(
        'SELECT id FROM callback_deliveries WHERE next_at <= ? ORDER BY next_at LIMIT ? FOR UPDATE SKIP LOCKED',
        [now, limit],
      );
      if (due.length === 0) return [];
      const ids = due.map(({ id }) => id);
      const until = new Date(now.getTime() + leaseMs);
      await manager.query('UPDATE callback_deliveries SET next_at = ?, attempts = attempts + 1 WHERE id IN (?)', [until, ids]);
      return manager.query<DueDelivery[]>(
        `SELECT d.id, d.task_id taskId, d.event_type eventType, d.attempts, d.created_at createdAt, c.url, c.secret
         FROM callback_deliveries d JOIN callbacks c ON c.id = d.callback_id WHERE d.id IN (?)`,
        [ids],
      );
    });
  }

  /** Has no effect where another try has begun since. */
  async settle({ id, attempts }: DueDelivery, answer: Answer, next: NextStep, now: Date): Promise<void> {
    const state = next.step === 'retry' ? 'due' : next.step;
    await this.dataSource.query(
      `UPDATE callback_deliveries SET state = ?, next_at = ?, last_status = ?, last_error = ?, ended_at = ? WHERE id = ? AND attempts = ?`,
      [state, next.step === 'retry' ? next.at : null, answer.status, answer.error, next.step === 'retry' ? null : now, id, attempts],
    );
  }

  async nextAt(): Promise<Date | null> {
    const rows = await this.dataSource.query<{ at: Date | null }[]>(
      'SELECT MIN(next_at) at FROM callback_deliveries WHERE next_at IS NOT NULL',
    );
    return rows[0]?.at ?? null;
  }
}
