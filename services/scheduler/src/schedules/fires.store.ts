import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor, Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Fire } from '@klevr/contracts/schedule';
import { guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { idempotencyKeys } from '../tables/names.js';
import { leaseEnd } from './fire-work.js';
import { LedgerStore } from './ledger.store.js';
import { locked } from './schedules.store.js';

export interface FireRow extends Omit<Fire, 'dueAt' | 'firedAt'> {
  readonly dueAt: Date;
  readonly firedAt: Date | null;
}

/** A place in a ledger, between two rows. */
export interface LedgerPlace {
  readonly dueAt: Date;
  readonly id: string;
}

const columns = 'id, schedule_id scheduleId, due_at dueAt, cause `trigger`, state, reason, fired_at firedAt, task_id taskId';
/** Asked for by hand while none of their tasks can be made. */
const mostWaiting = 100;

/** The ledger, as it is read; and what operators add to it. */
@Injectable()
export class FiresStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: LedgerStore,
  ) {}

  /** `inHand`: the caller has it for a lease; else others are before it. The same request answers the same fire, in nobody's hand. */
  async trigger(
    scheduleId: string,
    actor: Actor,
    at: Date,
    idempotency: Idempotency | undefined,
  ): Promise<{ id: string; inHand: boolean }> {
    let inHand = false;
    const id = await inTransaction(this.dataSource, (manager) => {
      inHand = false;
      return once(manager, idempotencyKeys, idempotency, async () => {
        const schedule = await locked(manager, scheduleId);
        const waiting = "SELECT COUNT(*) number FROM fires WHERE schedule_id = ? AND state = 'due'";
        const [row] = await manager.query<{ number: number | string }[]>(waiting, [scheduleId]);
        if (Number(row?.number ?? 0) >= mostWaiting) {
          throw new AppError('WRONG_STATE', `The schedule has ${mostWaiting} fires that wait for their tasks already`);
        }
        const added = await this.ledger.add(manager, schedule, { cause: 'manual', at, actor, takeUpAt: leaseEnd(at) });
        inHand = added.inHand;
        return added.id;
      });
    });
    return { id, inHand };
  }

  async get(id: string): Promise<FireRow> {
    const [fire] = await guarded(() => this.dataSource.query<FireRow[]>(`SELECT ${columns} FROM fires WHERE id = ?`, [id]));
    if (fire === undefined) throw new AppError('NOT_FOUND', 'There is no such fire');
    return fire;
  }

  /** Latest first. */
  async list(scheduleId: string, state: Fire['state'] | undefined, before: LedgerPlace | undefined, limit: number): Promise<FireRow[]> {
    const wanted = ['schedule_id = ?'];
    const values: unknown[] = [scheduleId];
    if (state !== undefined) {
      wanted.push('state = ?');
      values.push(state);
    }
    if (before !== undefined) {
      wanted.push('(due_at < ? OR (due_at = ? AND id < ?))');
      values.push(before.dueAt, before.dueAt, before.id);
    }
    const sql = `SELECT ${columns} FROM fires WHERE ${wanted.join(' AND ')} ORDER BY due_at DESC, id DESC LIMIT ?`;
    return guarded(() => this.dataSource.query<FireRow[]>(sql, [...values, limit]));
  }
}
