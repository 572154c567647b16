import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Batcher } from '@klevr/persistence/batcher';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox, type HostOrPrimaryEvent } from '../events/event-outbox.store.js';
import { derivedId, derivedTable } from './derived-table.js';
import { leaseEnd, type FireEnd, type FireWork } from './fire-work.js';
import { workOf } from './open-fires.store.js';

export interface EndedFire {
  readonly work: FireWork;
  readonly end: FireEnd;
  readonly at: Date;
}

const mostAtOnce = 64;
/**
 * Writes what became of fires. Promises: an end is written once, whoever else tried the fire, with its event, and with what follows in its schedule: the
 * next open fire is in the caller's hand, or the schedule is free for its next due time. Ends that come together are written together.
 */
@Injectable()
export class EndsStore {
  private readonly batches: Batcher<EndedFire, FireWork | undefined>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
  ) {
    this.batches = new Batcher({ maxSize: mostAtOnce, run: (ends) => this.write(ends) });
  }

  /** Answers the next open fire of the schedule, in hand. Has no effect where another replica was faster. */
  finish(ended: EndedFire): Promise<FireWork | undefined> {
    return this.batches.add(ended);
  }

  private async write(ends: readonly EndedFire[]): Promise<{ value: FireWork | undefined }[]> {
    const next = await inTransaction(this.dataSource, async (manager) => {
      const scheduleIds = [...new Set(ends.map(({ work }) => work.scheduleId))];
      // In one order everywhere, and before the fires: nobody waits for anybody who waits.
      await manager.query('SELECT id FROM schedules WHERE id IN (?) ORDER BY id FOR UPDATE', [scheduleIds]);
      const open = "SELECT id FROM fires WHERE id IN (?) AND state = 'due' FOR UPDATE";
      const rows = await manager.query<{ id: string }[]>(open, [ends.map(({ work }) => work.fireId)]);
      const still = new Set(rows.map(({ id }) => id));
      const now = ends.filter(({ work }) => still.delete(work.fireId));
      return now.length === 0 ? [] : this.writeOpen(manager, now);
    });
    this.events.wake();
    const byScheduleId = new Map(next.map((work) => [work.scheduleId, work]));
    return ends.map(({ work: { scheduleId } }) => {
      const value = byScheduleId.get(scheduleId);
      byScheduleId.delete(scheduleId);
      return { value };
    });
  }

  private async writeOpen(manager: EntityManager, ends: readonly EndedFire[]): Promise<FireWork[]> {
    await manager.query(
      `UPDATE fires JOIN ${derivedTable(ends.length, `${derivedId} id, ? state, ? fired_at, ? task_id, ? reason`)} e ON e.id = fires.id
       SET fires.state = e.state, fires.fired_at = e.fired_at, fires.task_id = e.task_id, fires.take_up_at = NULL,
         fires.reason = COALESCE(e.reason, IF(fires.tries = 0, fires.reason, NULL))`,
      ends.flatMap(({ work, end, at }) => [
        ...[work.fireId, end.state, end.state === 'fired' ? at : null, end.taskId, end.state === 'fired' ? null : end.reason.slice(0, 500)],
      ]),
    );
    await this.events.append(manager, ends.map(eventOf));
    return this.goOn(manager, ends);
  }

  private async goOn(manager: EntityManager, ends: readonly EndedFire[]): Promise<FireWork[]> {
    const ids = ends.map(({ work }) => work.scheduleId);
    const open = await manager.query<{ scheduleId: string; id: string }[]>(
      `SELECT scheduleId, id FROM (
         SELECT schedule_id scheduleId, id, ROW_NUMBER() OVER (PARTITION BY schedule_id ORDER BY due_at, id) place
         FROM fires WHERE schedule_id IN (?) AND state = 'due') f WHERE place = 1`,
      [ids],
    );
    const openIn = new Set(open.map(({ scheduleId }) => scheduleId));
    await manager.query(
      `UPDATE schedules JOIN ${derivedTable(ends.length, `${derivedId} id, ? task_id, ? open`)} e ON e.id = schedules.id
       SET schedules.last_task_id = COALESCE(e.task_id, schedules.last_task_id), schedules.open_fires = e.open`,
      ends.flatMap(({ work: { scheduleId }, end }) => [scheduleId, end.state === 'fired' ? end.taskId : null, openIn.has(scheduleId)]),
    );
    if (open.length === 0) return [];
    const [fireIds, until] = [open.map(({ id }) => id), leaseEnd(ends[0]?.at ?? new Date(0))];
    await manager.query('UPDATE fires SET take_up_at = ? WHERE id IN (?)', [until, fireIds]);
    return workOf(manager, fireIds);
  }
}

const eventOf = ({ work, end, at }: EndedFire): HostOrPrimaryEvent => {
  const type = ({ fired: 'schedule.fired', skipped: 'schedule.skipped', failed: 'schedule.missed' } as const)[end.state];
  const { fireId, trigger, scheduleId, zoneId, dueAt } = work;
  const data = { state: end.state, fireId, trigger, dueAt: dueAt.toISOString(), taskId: end.taskId };
  const reason = end.state === 'fired' ? {} : { reason: end.reason };
  return { type, zoneId, subjectId: scheduleId, data: { ...data, ...reason }, atMs: at.getTime() };
};
