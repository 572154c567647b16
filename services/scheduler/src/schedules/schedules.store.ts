import { Injectable } from '@nestjs/common';
import { DataSource, In, LessThan, type EntityManager, type FindOptionsWhere } from 'typeorm';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Event } from '@klevr/contracts/event';
import type { Schedule } from '@klevr/contracts/schedule';
import { guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { idsByZone } from '@klevr/persistence/zone-pages';
import { EventOutbox } from '../events/event-outbox.store.js';
import { idempotencyKeys } from '../tables/names.js';
import { ScheduleRow, type ScheduleFields } from '../tables/schedule.entity.js';
import { ZoneRow } from '../tables/zone.entity.js';
import { ScheduleSecrets } from './callback-secrets.js';
import { dueTimesOf } from './due-times.js';
import { dateOf } from './fire-work.js';
import { LedgerStore } from './ledger.store.js';
import { differencesOf, timingOf } from './schedule-changes.js';
import { ScheduleRemoval } from './schedule-removal.store.js';

export interface ScheduleChange {
  readonly id: string;
  readonly by: string;
  readonly at: Date;
  readonly ifRevision?: number | undefined;
  readonly idempotency?: Idempotency | undefined;
}

export interface RowChange {
  /** False where nothing is to be done; throws where it must not be. */
  readonly isChange: (row: ScheduleFields) => boolean;
  /** The row as it shall be; given after what was due is settled, which may have ended it. */
  readonly next: (row: ScheduleFields) => ScheduleFields;
}

export interface ScheduleFilter {
  /** Undefined for all. */
  readonly zoneIds: readonly string[] | undefined;
  readonly status: Schedule['status'] | undefined;
  readonly beforeId: string | undefined;
}

/** Of a zone at most so many: each of them may be due at once. */
const mostOfZone = 10_000;

@Injectable()
export class SchedulesStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: LedgerStore,
    private readonly removal: ScheduleRemoval,
    private readonly events: EventOutbox,
    private readonly secrets: ScheduleSecrets,
  ) {}

  /** Answers the id: of the one made now, or of the one that the same request made before. */
  async create(row: ScheduleFields, runAtOnce: boolean, idempotency: Idempotency | undefined): Promise<string> {
    const id = await inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, async () => {
        await refuseMore(manager, row.zoneId);
        await manager.insert(ScheduleRow, this.sealed(row) as object);
        const { id: subjectId, zoneId, name, createdBy: by, createdAt: at, nextDueAt } = row;
        if (runAtOnce) await this.ledger.add(manager, { ...row }, { cause: 'atOnce', at, actor: null, takeUpAt: at });
        const data = { by, name, nextDueAt: nextDueAt?.toISOString() ?? null, revision: row.revision };
        await this.events.append(manager, [{ type: 'schedule.created', zoneId, subjectId, data, atMs: at.getTime() }]);
        return subjectId;
      }),
    );
    this.events.wake();
    return id;
  }

  /** One change of the locked row, with its event. What was due until now is settled first, by the definition before. */
  async change({ id, by, at, ifRevision, idempotency }: ScheduleChange, { isChange, next }: RowChange): Promise<void> {
    await inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, async () => {
        const row = await locked(manager, id);
        refuseUnlessRevision(row, ifRevision);
        if (!isChange(row)) return null;
        const before = { ...row };
        await this.ledger.settle(manager, row, at);
        const { openFires: _kept, lastTaskId: _too, ...fields } = notAgain(next(row), await this.ledger.lastDueAt(manager, id));
        const revision = row.revision + 1;
        await manager.update(ScheduleRow, { id }, { ...this.sealed({ ...fields, id }), revision } as object);
        const data = { by, name: fields.name, changed: differencesOf(before, { ...row, ...fields }), revision };
        await this.tell(manager, 'schedule.changed', row, data, at);
        return null;
      }),
    );
    this.events.wake();
  }

  async delete({ id, by, at, ifRevision }: ScheduleChange): Promise<void> {
    await inTransaction(this.dataSource, async (manager) => {
      const row = await locked(manager, id);
      refuseUnlessRevision(row, ifRevision);
      await this.removal.remove(manager, [row.id]);
      await this.tell(manager, 'schedule.deleted', row, { by, name: row.name }, at);
    });
    this.events.wake();
    await this.removal.finish();
  }

  async get(id: string): Promise<ScheduleFields> {
    const row = await guarded(() => this.dataSource.manager.findOneBy(ScheduleRow, { id }));
    if (row === null) throw noSuchSchedule();
    return Object.assign(row, { task: this.secrets.openedWherePossible(id, row.task) });
  }

  /** Newest first. */
  async list({ zoneIds, status, beforeId }: ScheduleFilter, limit: number): Promise<ScheduleFields[]> {
    if (zoneIds?.length === 0) return [];
    const where: FindOptionsWhere<ScheduleFields> = status === undefined ? {} : { status };
    if (zoneIds === undefined) return this.find(beforeId === undefined ? where : { ...where, id: LessThan(beforeId) }, limit);
    const and: [string, unknown[]][] = status === undefined ? [] : [['status = ?', [status]]];
    if (beforeId !== undefined) and.push(['id < ?', [beforeId]]);
    const page = idsByZone({ table: 'schedules', zoneIds, and, order: 'DESC', limit });
    const ids = await guarded(() => this.dataSource.query<{ id: string }[]>(page.sql, page.values));
    return this.find({ id: In(ids.map(({ id }) => id)) }, limit);
  }

  private find(where: FindOptionsWhere<ScheduleFields>, limit: number): Promise<ScheduleFields[]> {
    return guarded(() => this.dataSource.manager.find(ScheduleRow, { where, order: { id: 'DESC' }, take: limit }));
  }

  private sealed<R extends Pick<ScheduleFields, 'id' | 'task'>>(row: R): R {
    return { ...row, task: this.secrets.sealed(row.id, row.task) };
  }

  private tell(manager: EntityManager, type: Event['type'], row: ScheduleFields, data: Record<string, unknown>, at: Date): Promise<void> {
    return this.events.append(manager, [{ type, zoneId: row.zoneId, subjectId: row.id, data, atMs: at.getTime() }]);
  }
}

export const locked = async (manager: EntityManager, id: string): Promise<ScheduleFields> => {
  const row = await manager.findOne(ScheduleRow, { where: { id }, lock: { mode: 'pessimistic_write' } });
  if (row === null) throw noSuchSchedule();
  return row;
};

/** What is in the ledger already is not due once more, by whichever definition. */
const notAgain = (row: ScheduleFields, lastDueAt: Date | null): ScheduleFields => {
  if (row.nextDueAt === null || lastDueAt === null || row.nextDueAt > lastDueAt) return row;
  const nextDueAt = dateOf(dueTimesOf(timingOf(row)).next(lastDueAt.getTime()));
  return { ...row, nextDueAt, status: nextDueAt === null ? 'ended' : row.status };
};

/** The zone's row is locked until the schedule is in the table, so that it is not deleted in between. */
const refuseMore = async (manager: EntityManager, zoneId: string): Promise<void> => {
  const zone = await manager.findOne(ZoneRow, { where: { id: zoneId }, lock: { mode: 'pessimistic_write' } });
  if (zone === null) throw new AppError('NOT_FOUND', 'There is no such zone');
  if ((await manager.countBy(ScheduleRow, { zoneId })) < mostOfZone) return;
  throw new AppError('CONFLICT', `The zone has ${mostOfZone} schedules, which is the most it can have`);
};

const refuseUnlessRevision = ({ revision }: ScheduleFields, ifRevision: number | undefined): void => {
  if (ifRevision === undefined || ifRevision === revision) return;
  throw new AppError('PRECONDITION_FAILED', `The schedule is at revision ${revision} now, not ${ifRevision}`);
};

const noSuchSchedule = (): AppError => new AppError('NOT_FOUND', 'There is no such schedule');
