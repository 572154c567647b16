import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import type { Actor } from '@klevr/contracts/contract';
import { jsonValue } from '@klevr/persistence/columns';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';
import { ScheduleRow } from '../tables/schedule.entity.js';
import { planDue, type DuePlan, type DueSchedule } from './due-plan.js';
import { creatorOf, dueScheduleOf, type FireEnd, type FireWork } from './fire-work.js';
import { LedgerStore } from './ledger.store.js';

/** Longer than a replica tries; after it, a fire of one that died is anybody's. Should both try, the task is made once all the same. */
const leaseMs = 8_000;

interface OpenFire {
  readonly id: string;
  readonly scheduleId: string;
  readonly dueAt: Date;
  readonly cause: FireWork['trigger'];
  readonly tries: number;
  readonly actor: unknown;
}

const columns = 'id, schedule_id scheduleId, due_at dueAt, cause, tries, actor';

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
      const fireIds: string[] = [];
      for (const schedule of await manager.findBy(ScheduleRow, { id: In(ids) })) {
        const due = dueScheduleOf(schedule);
        if (due === undefined || due.nextDueAtMs > now.getTime()) continue;
        const fireId = await this.ledger.write(manager, schedule, planned(due, now.getTime()), now, leaseEnd(now));
        if (fireId !== undefined) fireIds.push(fireId);
      }
      return { claimed: ids.length, work: await this.workOf(manager, fireIds) };
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
      return this.workOf(manager, ids);
    });
  }

  /** The one fire, for whoever has just written it with a lease. */
  one(fireId: string): Promise<FireWork | undefined> {
    return guarded(async () => (await this.workOf(this.dataSource.manager, [fireId]))[0]);
  }

  /** Answers the next open fire of the schedule, in hand. Has no effect where another replica was faster. */
  async finish(work: FireWork, end: FireEnd, now: Date): Promise<FireWork | undefined> {
    const next = await inTransaction(this.dataSource, async (manager) => {
      const [schedule] = await manager.query<unknown[]>('SELECT id FROM schedules WHERE id = ? FOR UPDATE', [work.scheduleId]);
      if (schedule === undefined) return undefined;
      const reason = end.state === 'fired' ? null : end.reason.slice(0, 500);
      const ended = await manager.query<{ affectedRows: number }>(
        `UPDATE fires SET state = ?, fired_at = ?, task_id = ?, reason = COALESCE(?, IF(tries = 0, reason, NULL)), take_up_at = NULL
         WHERE id = ? AND state = 'due'`,
        [end.state, end.state === 'fired' ? now : null, end.taskId, reason, work.fireId],
      );
      if (ended.affectedRows === 0) return undefined;
      await this.tell(manager, work, end, now);
      return this.goOn(manager, work, end, now);
    });
    this.events.wake();
    return next;
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

  private async goOn(manager: EntityManager, work: FireWork, end: FireEnd, now: Date): Promise<FireWork | undefined> {
    const sql = "SELECT id FROM fires WHERE schedule_id = ? AND state = 'due' ORDER BY due_at, id LIMIT 1";
    const [open] = await manager.query<{ id: string }[]>(sql, [work.scheduleId]);
    const lastTaskId = end.state === 'fired' ? { lastTaskId: end.taskId } : {};
    await manager.update(ScheduleRow, { id: work.scheduleId }, { ...lastTaskId, openFires: open !== undefined });
    if (open === undefined) return undefined;
    await manager.query('UPDATE fires SET take_up_at = ? WHERE id = ?', [leaseEnd(now), open.id]);
    return (await this.workOf(manager, [open.id]))[0];
  }

  private async workOf(manager: EntityManager, fireIds: readonly string[]): Promise<FireWork[]> {
    if (fireIds.length === 0) return [];
    const fires = await manager.query<OpenFire[]>(`SELECT ${columns} FROM fires WHERE id IN (?) AND state = 'due'`, [fireIds]);
    const schedules = await manager.findBy(ScheduleRow, { id: In(fires.map(({ scheduleId }) => scheduleId)) });
    const byId = new Map(schedules.map((schedule) => [schedule.id, schedule]));
    return fires.flatMap(({ id, scheduleId, dueAt, cause, tries, actor }) => {
      const schedule = byId.get(scheduleId);
      if (schedule === undefined) return [];
      const { zoneId, task, overlap, feedResult } = schedule;
      const by = (jsonValue(actor) as Actor | null) ?? creatorOf(schedule);
      return [{ fireId: id, scheduleId, zoneId, dueAt, trigger: cause, tries, task, overlap, feedResult, actor: by }];
    });
  }

  private async tell(manager: EntityManager, work: FireWork, end: FireEnd, now: Date): Promise<void> {
    const type = ({ fired: 'schedule.fired', skipped: 'schedule.skipped', failed: 'schedule.missed' } as const)[end.state];
    const { fireId, trigger, scheduleId, zoneId } = work;
    const data = { state: end.state, fireId, trigger, dueAt: work.dueAt.toISOString(), taskId: end.taskId };
    const reason = end.state === 'fired' ? {} : { reason: end.reason };
    await this.events.append(manager, [{ type, zoneId, subjectId: scheduleId, data: { ...data, ...reason }, atMs: now.getTime() }]);
  }
}

const leaseEnd = (now: Date): Date => new Date(now.getTime() + leaseMs);

/** A schedule that this runtime cannot read (its time zone has left the data, say) ends, and must not keep the others from their due times. */
const planned = (due: DueSchedule, nowMs: number): DuePlan => {
  try {
    return planDue(due, nowMs);
  } catch (error) {
    const reason = `cannot be read any more: ${error instanceof Error ? error.message : 'unknown'}`.slice(0, 500);
    return { fires: [{ dueAtMs: due.nextDueAtMs, state: 'missed', reason }], nextDueAtMs: null };
  }
};
