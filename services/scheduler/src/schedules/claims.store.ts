import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';
import { ScheduleRow } from '../tables/schedule.entity.js';
import { planDue, type DuePlan, type DueSchedule } from './due-plan.js';
import { dueScheduleOf, leaseEnd, type FireWork } from './fire-work.js';
import { LedgerStore, type PlannedSchedule } from './ledger.store.js';
import { workOf } from './open-fires.store.js';

/** Of one transaction: schedules that were without a scheduler for long have many, and what is left follows in the next. */
const mostRows = 2_000;

/**
 * Who does which fire. Promises: what is due is taken by one replica, with the ledger written in the same transaction; a fire is one replica's for the
 * length of a lease; nobody waits for the lock of another. Does not: keep two from trying one fire, where the first is slower than its lease.
 */
@Injectable()
export class ClaimsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: LedgerStore,
    private readonly events: EventOutbox,
  ) {}

  /** Schedules that are due: their due times go to the ledger, the first fire of each to the caller. */
  async claim(now: Date, limit: number): Promise<{ claimed: number; work: FireWork[] }> {
    const found = await inTransaction(this.dataSource, async (manager) => {
      const sql = 'SELECT id FROM schedules WHERE wake_at <= ? ORDER BY wake_at LIMIT ? FOR UPDATE SKIP LOCKED';
      const ids = (await manager.query<{ id: string }[]>(sql, [now, limit])).map(({ id }) => id);
      if (ids.length === 0) return { claimed: 0, work: [] };
      const plans: PlannedSchedule[] = [];
      let rows = 0;
      for (const schedule of await manager.findBy(ScheduleRow, { id: In(ids) })) {
        const due = dueScheduleOf(schedule);
        if (due === undefined || rows >= mostRows) continue;
        const plan = planned(due, now.getTime());
        rows += plan.fires.length;
        plans.push({ schedule, plan });
      }
      const fireIds = await this.ledger.write(manager, plans, now, leaseEnd(now));
      return { claimed: ids.length, work: await workOf(manager, fireIds) };
    });
    if (found.claimed > 0) this.events.wake();
    return found;
  }

  /** Fires whose pause is over, or whose replica died. */
  takeUp(now: Date, limit: number): Promise<FireWork[]> {
    return inTransaction(this.dataSource, async (manager) => {
      const sql = 'SELECT id FROM fires WHERE take_up_at <= ? ORDER BY take_up_at LIMIT ? FOR UPDATE SKIP LOCKED';
      const ids = (await manager.query<{ id: string }[]>(sql, [now, limit])).map(({ id }) => id);
      if (ids.length === 0) return [];
      await manager.query('UPDATE fires SET take_up_at = ? WHERE id IN (?)', [leaseEnd(now), ids]);
      return workOf(manager, ids);
    });
  }

  /** The one fire, for whoever has just written it with a lease. */
  one(fireId: string): Promise<FireWork | undefined> {
    return guarded(async () => (await workOf(this.dataSource.manager, [fireId]))[0]);
  }

  /** Its task cannot be made now. */
  async putOff({ fireId }: FireWork, reason: string, until: Date): Promise<void> {
    const sql = "UPDATE fires SET tries = tries + 1, reason = ?, take_up_at = ? WHERE id = ? AND state = 'due'";
    await guarded(() => this.dataSource.query(sql, [reason.slice(0, 500), until, fireId]));
  }

  /** When there will be something to claim or to take up. */
  async nextAt(): Promise<Date | null> {
    const sql = 'SELECT (SELECT MIN(wake_at) FROM schedules) wakeAt, (SELECT MIN(take_up_at) FROM fires) takeUpAt';
    const [row] = await guarded(() => this.dataSource.query<{ wakeAt: Date | null; takeUpAt: Date | null }[]>(sql));
    const times = [row?.wakeAt, row?.takeUpAt].flatMap((at) => (at ? [at.getTime()] : []));
    return times.length === 0 ? null : new Date(Math.min(...times));
  }
}

/** A schedule that this runtime cannot read (its time zone has left the data, say) ends, and must not keep the others from their due times. */
const planned = (due: DueSchedule, nowMs: number): DuePlan => {
  try {
    return planDue(due, nowMs);
  } catch (error) {
    const reason = `cannot be read any more: ${error instanceof Error ? error.message : 'unknown'}`.slice(0, 500);
    return { fires: [{ dueAtMs: due.nextDueAtMs, state: 'missed', reason }], nextDueAtMs: null };
  }
};
