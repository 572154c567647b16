import { Injectable } from '@nestjs/common';
import type { Actor, Idempotency, RequestOf } from '@klevr/contracts/contract';
import { AppError, type Fault } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { CreateSchedule, Schedule, TaskTemplate, UpdateSchedule } from '@klevr/contracts/schedule';
import type { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { zonesToList } from '@klevr/persistence/zone-pages';
import { Clock } from '@klevr/platform/clock';
import { keyOfCursor, pageOf } from '../tables/page-cursor.js';
import type { ScheduleFields } from '../tables/schedule.entity.js';
import { ZonesStore } from '../zones/zones.store.js';
import { withSecrets } from './callback-secrets.js';
import { DueWatch } from './due.watch.js';
import { dateOf } from './fire-work.js';
import { changed, changesTiming, timingOf } from './schedule-changes.js';
import { viewOf } from './schedule-view.js';
import { ScheduledTasksClient } from './scheduled-tasks.client.js';
import { SchedulesStore, type RowChange, type ScheduleChange } from './schedules.store.js';
import { checkTiming } from './timing-faults.js';

const schedulePattern = /^sch_[0-9A-Z]{26}$/;

type Asked = Omit<ScheduleChange, 'at'>;

/** What operators do to schedules. Whatever may change when one is due wakes the watch; the other replicas hear the event. */
@Injectable()
export class SchedulesService {
  constructor(
    private readonly store: SchedulesStore,
    private readonly zones: ZonesStore,
    private readonly tasks: ScheduledTasksClient,
    private readonly watch: DueWatch,
    private readonly clock: Clock,
  ) {}

  async create(wanted: CreateSchedule, actor: Actor, idempotency: Idempotency | undefined): Promise<Schedule> {
    const { task, cron = null, at, start, until, runAtOnce, paused, ...plain } = wanted;
    const nowMs = this.clock.nowMs();
    const row: ScheduleFields = {
      ...plain,
      ...{ id: newId('schedule'), zoneId: '', cron, at: at === undefined ? null : new Date(at), task: withSecrets(task) },
      ...{ startAt: dateOf(start === null ? null : Date.parse(start)), untilAt: dateOf(until === null ? null : Date.parse(until)) },
      ...{ status: paused ? 'paused' : 'active', nextDueAt: null, openFires: false, lastTaskId: null, revision: 1 },
      ...{ createdBy: actor.username, createdById: actor.userId, createdAt: new Date(nowMs) },
    };
    const timing = checkTiming(timingOf(row), nowMs, wanted.misfireAfterSeconds * 1000);
    row.zoneId = await this.checkTask(row.task, 'faults' in timing ? timing.faults : []);
    if ('firstDueAtMs' in timing) row.nextDueAt = new Date(timing.firstDueAtMs);
    const id = await this.store.create(row, runAtOnce, idempotency);
    this.watch.wake();
    return this.view(id, id === row.id);
  }

  async update(changes: UpdateSchedule, asked: Asked): Promise<Schedule> {
    const nowMs = this.clock.nowMs();
    const before = await this.store.get(asked.id);
    const lateMs = (changes.misfireAfterSeconds ?? before.misfireAfterSeconds) * 1000;
    const check = (row: ScheduleFields) => (changesTiming(changes) ? checkTiming(timingOf(row), nowMs, lateMs) : undefined);
    const preview = changed(before, changes);
    const timing = check(preview);
    const faults = timing !== undefined && 'faults' in timing ? timing.faults : [];
    if (changes.task === undefined) refuse(faults);
    else refuseMove(before, await this.checkTask(preview.task, faults));
    const next = (row: ScheduleFields): ScheduleFields => {
      const wanted = changed(row, changes);
      const checked = check(wanted);
      if (checked === undefined) return wanted;
      if ('faults' in checked) refuse(checked.faults);
      else wanted.nextDueAt = new Date(checked.firstDueAtMs);
      return { ...wanted, status: wanted.status === 'ended' ? 'active' : wanted.status };
    };
    await this.change(asked, nowMs, { isChange: () => true, next });
    return this.view(asked.id, changes.task !== undefined);
  }

  async pause(asked: Asked): Promise<Schedule> {
    await this.change(asked, this.clock.nowMs(), { isChange: (row) => becomes(row, 'paused'), next: (row) => stateOf(row, 'paused') });
    return this.view(asked.id);
  }

  /** What was due meanwhile counts as missed. */
  async resume(asked: Asked): Promise<Schedule> {
    await this.change(asked, this.clock.nowMs(), { isChange: (row) => becomes(row, 'active'), next: (row) => stateOf(row, 'active') });
    return this.view(asked.id);
  }

  async delete(asked: Asked): Promise<void> {
    await this.store.delete({ ...asked, at: new Date(this.clock.nowMs()) });
  }

  get(id: string): Promise<Schedule> {
    return this.view(id);
  }

  async list({ limit, cursor, zone, scope, status }: RequestOf<typeof schedulerRpc.listSchedules>) {
    const beforeId = keyOfCursor(cursor, schedulePattern);
    const zoneIds = zonesToList(zone === undefined ? undefined : (await this.zones.get(zone)).id, scope);
    const rows = await this.store.list({ zoneIds, status, beforeId }, limit + 1);
    const names = await this.zones.namesOf([...new Set(rows.map((row) => row.zoneId))]);
    return pageOf(
      rows,
      limit,
      (row) => row.id,
      (row) => viewOf(row, names.get(row.zoneId) ?? ''),
    );
  }

  private async change(asked: Asked, nowMs: number, change: RowChange): Promise<void> {
    await this.store.change({ ...asked, at: new Date(nowMs) }, change);
    this.watch.wake();
  }

  /** Answers the id of its zone. Throws with all faults, those of the schedule first. */
  private async checkTask(task: TaskTemplate, faults: readonly Fault[]): Promise<string> {
    const { zoneId } = await this.tasks.check(task).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'BAD_REQUEST' || error.errors === undefined) refuse(faults);
      else refuse([...faults, ...error.errors.map(({ path, message }) => ({ path: `task.${path}`, message }))]);
      throw error;
    });
    refuse(faults);
    return zoneId;
  }

  private async view(id: string, shown = false): Promise<Schedule> {
    const row = await this.store.get(id);
    const names = await this.zones.namesOf([row.zoneId]);
    return viewOf(row, names.get(row.zoneId) ?? '', shown);
  }
}

const refuse = (faults: readonly Fault[]): void => {
  if (faults.length > 0) throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [...faults] });
};

const refuseMove = ({ zoneId }: ScheduleFields, wanted: string): void => {
  if (zoneId !== wanted) refuse([{ path: 'task.zone', message: 'a schedule stays in its zone; make another one' }]);
};

const becomes = ({ status }: ScheduleFields, wanted: 'active' | 'paused'): boolean => {
  if (status === 'ended') throw new AppError('WRONG_STATE', 'The schedule has ended: nothing will be due any more');
  return status !== wanted;
};

/** It may have ended by what was due until now. */
const stateOf = (row: ScheduleFields, wanted: 'active' | 'paused'): ScheduleFields => ({
  ...row,
  status: row.status === 'ended' ? 'ended' : wanted,
});
