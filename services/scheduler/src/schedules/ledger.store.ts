import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '@klevr/contracts/contract';
import { newId } from '@klevr/contracts/ids';
import type { Fire } from '@klevr/contracts/schedule';
import { EventOutbox } from '../events/event-outbox.store.js';
import { ScheduleRow, type ScheduleFields } from '../tables/schedule.entity.js';
import type { DuePlan, PlannedFire } from './due-plan.js';
import { dateOf, dueScheduleOf } from './fire-work.js';
import { planDue, planMissed } from './due-plan.js';

/** Rounds of a settlement before a change; more are due only where a schedule of every second has waited for hours. */
const mostRounds = 20;

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

  /** `takeUpAt` is of the first fire that is due now. Answers its id, where the schedule had no open one. */
  async write(
    manager: EntityManager,
    schedule: ScheduleFields,
    { fires, nextDueAtMs }: DuePlan,
    at: Date,
    takeUpAt: Date,
  ): Promise<string | undefined> {
    const due = fires.find(({ state }) => state === 'due');
    const first = schedule.openFires ? undefined : due;
    let firstId: string | undefined;
    const rows = fires.map((fire) => {
      const id = newId('fire');
      if (fire === first) firstId = id;
      const takeUp = fire === first ? takeUpAt : null;
      return [id, schedule.id, new Date(fire.dueAtMs), 'schedule', 'schedule', fire.state, fire.reason, takeUp];
    });
    if (rows.length > 0) {
      await manager.query('INSERT INTO fires (id, schedule_id, due_at, slot, cause, state, reason, take_up_at) VALUES ?', [rows]);
    }
    const status = nextDueAtMs === null ? 'ended' : schedule.status;
    const next = { nextDueAt: dateOf(nextDueAtMs), status, openFires: schedule.openFires || due !== undefined };
    await manager.update(ScheduleRow, { id: schedule.id }, next);
    Object.assign(schedule, next);
    await this.tellMissed(manager, schedule, fires, at);
    return firstId;
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

  /** Before the definition changes: what was due until now by the old one is in the ledger. */
  async settle(manager: EntityManager, schedule: ScheduleFields, at: Date): Promise<void> {
    for (let round = 1; round <= mostRounds + 1; round++) {
      const due = dueScheduleOf(schedule);
      if (due === undefined || due.nextDueAtMs > at.getTime()) return;
      const [nowMs, paused] = [at.getTime(), schedule.status === 'paused'];
      if (paused) await this.write(manager, schedule, planMissed(due, nowMs, 'the schedule was paused'), at, at);
      else if (round > mostRounds) await this.write(manager, schedule, planMissed(due, nowMs, 'the schedule was changed'), at, at);
      else await this.write(manager, schedule, planDue(due, nowMs), at, at);
    }
  }

  /** One event for all that are missed at once. */
  private async tellMissed(manager: EntityManager, schedule: ScheduleFields, fires: readonly PlannedFire[], at: Date): Promise<void> {
    const missed = fires.filter(({ state }) => state === 'missed');
    const [first, last] = [missed[0], missed.at(-1)];
    if (first === undefined || last === undefined) return;
    const time = (atMs: number): string => new Date(atMs).toISOString();
    const data = {
      name: schedule.name,
      state: 'missed',
      fires: missed.length,
      firstDueAt: time(first.dueAtMs),
      lastDueAt: time(last.dueAtMs),
    };
    const reason = last.reason ?? '';
    await this.events.append(manager, [
      { type: 'schedule.missed', zoneId: schedule.zoneId, subjectId: schedule.id, data: { ...data, reason }, atMs: at.getTime() },
    ]);
  }
}
