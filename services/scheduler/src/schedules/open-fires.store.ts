import { In, type EntityManager } from 'typeorm';
import type { Actor } from '@klevr/contracts/contract';
import { jsonValue } from '@klevr/persistence/columns';
import { ScheduleRow } from '../tables/schedule.entity.js';
import { creatorOf, type FireWork } from './fire-work.js';

interface OpenFire {
  readonly id: string;
  readonly scheduleId: string;
  readonly dueAt: Date;
  readonly cause: FireWork['trigger'];
  readonly tries: number;
  readonly actor: unknown;
}

const columns = 'id, schedule_id scheduleId, due_at dueAt, cause, tries, actor';

/** These fires, with what their tasks are made of; those that have ended, or whose schedule is gone, are left out. */
export const workOf = async (manager: EntityManager, fireIds: readonly string[]): Promise<FireWork[]> => {
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
};
