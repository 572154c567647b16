import { Injectable } from '@nestjs/common';
import type { Actor, Idempotency, PageQuery } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Fire } from '@klevr/contracts/schedule';
import { Clock } from '@klevr/platform/clock';
import { keyOfCursor, pageOf } from '../tables/page-cursor.js';
import { DueWatch } from './due.watch.js';
import { FiresStore, type FireRow, type LedgerPlace } from './fires.store.js';
import { fireViewOf } from './schedule-view.js';
import { SchedulesStore } from './schedules.store.js';

const placePattern = /^(sch_[0-9A-Z]{26}) ([0-9]{1,16}) (fire_[0-9A-Z]{26})$/;

/** The ledger of a schedule, and the tasks that are made besides its due times. */
@Injectable()
export class LedgerService {
  constructor(
    private readonly schedules: SchedulesStore,
    private readonly store: FiresStore,
    private readonly watch: DueWatch,
    private readonly clock: Clock,
  ) {}

  /** The task is made before the answer, unless others wait before it or the task-manager is away: then the fire is `due`, and it follows. */
  async trigger(scheduleId: string, actor: Actor, idempotency: Idempotency | undefined): Promise<Fire> {
    const { id, inHand } = await this.store.trigger(scheduleId, actor, new Date(this.clock.nowMs()), idempotency);
    if (inHand) await this.watch.carryOutNow(id);
    return fireViewOf(await this.store.get(id));
  }

  async list(scheduleId: string, state: Fire['state'] | undefined, { limit, cursor }: PageQuery) {
    await this.schedules.get(scheduleId);
    const before = placeOf(keyOfCursor(cursor, placePattern), scheduleId);
    const rows = await this.store.list(scheduleId, state, before, limit + 1);
    return pageOf(rows, limit, (row: FireRow) => `${scheduleId} ${row.dueAt.getTime()} ${row.id}`, fireViewOf);
  }
}

/** Throws for a place in another ledger. */
const placeOf = (key: string | undefined, scheduleId: string): LedgerPlace | undefined => {
  const [, of, dueAtMs, id] = key?.match(placePattern) ?? [];
  if (of === undefined || dueAtMs === undefined || id === undefined) return undefined;
  if (of === scheduleId) return { dueAt: new Date(Number(dueAtMs)), id };
  throw new AppError('BAD_REQUEST', 'The request has faulty fields', {
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
};
