import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '@klevr/contracts/contract';
import { newId } from '@klevr/contracts/ids';
import type { Fire } from '@klevr/contracts/schedule';
import { EventOutbox, type HostOrPrimaryEvent } from '../events/event-outbox.store.js';
import { ScheduleRow, type ScheduleFields } from '../tables/schedule.entity.js';
import { derivedId, derivedTable } from './derived-table.js';
import { planDue, planMissed, type DuePlan } from './due-plan.js';
import { dateOf, dueScheduleOf } from './fire-work.js';

/** Rounds of a settlement before a change; more are due only where a schedule of every second has waited for hours. */
const mostRounds = 20;
const rowsAtOnce = 1_000;

export interface PlannedSchedule {
  readonly schedule: ScheduleFields;
  readonly plan: DuePlan;
}

/** A fire besides the due times. */
export interface ExtraFire {
  readonly cause: Exclude<Fire['trigger'], 'schedule'>;
  readonly at: Date;
  /** Who asked, where it is not who made the schedule. */
  readonly actor: Actor | null;
  /** When anybody may take it up; it waits anyhow where another fire of the schedule is open. */
  readonly takeUpAt: Date;
}

/**
 * Writes the ledger, in the caller's transaction, which has the schedule's row locked. Promises: a due time is written with the next one, or not at
 * all; of the open fires of a schedule one can be taken up, the earliest; the others wait for it.
 */
@Injectable()
export class LedgerStore {
  constructor(private readonly events: EventOutbox) {}

  /** `takeUpAt` is of the first fire that is due now, where the schedule had no open one. Answers the ids of those. */
  async write(manager: EntityManager, planned: readonly PlannedSchedule[], at: Date, takeUpAt: Date): Promise<string[]> {
    const firstIds: string[] = [];
    const rows = planned.flatMap(({ schedule, plan }) => {
      const first = schedule.openFires ? undefined : plan.fires.find(({ state }) => state === 'due');
      return plan.fires.map((fire) => {
        const id = newId('fire');
        if (fire === first) firstIds.push(id);
        const takeUp = fire === first ? takeUpAt : null;
        return [id, schedule.id, new Date(fire.dueAtMs), 'schedule', 'schedule', fire.state, fire.reason, takeUp];
      });
    });
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      const sql = 'INSERT INTO fires (id, schedule_id, due_at, slot, cause, state, reason, take_up_at) VALUES ?';
      await manager.query(sql, [rows.slice(from, from + rowsAtOnce)]);
    }
    for (const { schedule, plan } of planned) Object.assign(schedule, after(schedule, plan));
    await manager.query(
      `UPDATE schedules JOIN ${derivedTable(planned.length, `${derivedId} id, ? next_due_at, ? status, ? open_fires`)} p ON p.id = schedules.id
       SET schedules.next_due_at = p.next_due_at, schedules.status = p.status, schedules.open_fires = p.open_fires`,
      planned.flatMap(({ schedule: { id, nextDueAt, status, openFires } }) => [id, nextDueAt, status, openFires]),
    );
    await this.events.append(
      manager,
      planned.flatMap((each) => missedOf(each, at)),
    );
    return firstIds;
  }

  async add(
    manager: EntityManager,
    schedule: ScheduleFields,
    { cause, at, actor, takeUpAt }: ExtraFire,
  ): Promise<{ id: string; inHand: boolean }> {
    const id = newId('fire');
    const inHand = !schedule.openFires;
    await manager.query(
      "INSERT INTO fires (id, schedule_id, due_at, slot, cause, state, actor, take_up_at) VALUES (?, ?, ?, ?, ?, 'due', ?, ?)",
      [id, schedule.id, at, id, cause, actor === null ? null : JSON.stringify(actor), inHand ? takeUpAt : null],
    );
    await manager.update(ScheduleRow, { id: schedule.id }, { openFires: true });
    schedule.openFires = true;
    return { id, inHand };
  }

  /** The last due time that is in the ledger, by whatever definition. */
  async lastDueAt(manager: EntityManager, scheduleId: string): Promise<Date | null> {
    const sql = "SELECT due_at dueAt FROM fires WHERE schedule_id = ? AND slot = 'schedule' ORDER BY due_at DESC LIMIT 1";
    const [last] = await manager.query<{ dueAt: Date }[]>(sql, [scheduleId]);
    return last?.dueAt ?? null;
  }

  /** Before the definition changes: what was due until now by the old one is in the ledger. */
  async settle(manager: EntityManager, schedule: ScheduleFields, at: Date): Promise<void> {
    for (let round = 1; round <= mostRounds + 1; round++) {
      const due = dueScheduleOf(schedule);
      if (due === undefined || due.nextDueAtMs > at.getTime()) return;
      const [nowMs, paused] = [at.getTime(), schedule.status === 'paused'];
      const missed = (why: string): DuePlan => planMissed(due, nowMs, why);
      const plan = paused
        ? missed('the schedule was paused')
        : round > mostRounds
          ? missed('the schedule was changed')
          : planDue(due, nowMs);
      await this.write(manager, [{ schedule, plan }], at, at);
    }
  }
}

const after = (schedule: ScheduleFields, { fires, nextDueAtMs }: DuePlan): Partial<ScheduleFields> => ({
  nextDueAt: dateOf(nextDueAtMs),
  status: nextDueAtMs === null ? 'ended' : schedule.status,
  openFires: schedule.openFires || fires.some(({ state }) => state === 'due'),
});

/** One event for all that are missed at once. */
const missedOf = ({ schedule, plan }: PlannedSchedule, at: Date): HostOrPrimaryEvent[] => {
  const missed = plan.fires.filter(({ state }) => state === 'missed');
  const [first, last] = [missed[0], missed.at(-1)];
  if (first === undefined || last === undefined) return [];
  const time = (atMs: number): string => new Date(atMs).toISOString();
  const times = { fires: missed.length, firstDueAt: time(first.dueAtMs), lastDueAt: time(last.dueAtMs) };
  const data = { name: schedule.name, state: 'missed', ...times, reason: last.reason ?? '' };
  return [{ type: 'schedule.missed', zoneId: schedule.zoneId, subjectId: schedule.id, data, atMs: at.getTime() }];
};
