import type { Fire, Schedule } from '@klevr/contracts/schedule';
import type { ScheduleFields } from '../tables/schedule.entity.js';
import { withoutSecrets } from './callback-secrets.js';

/** As the API shows it. `shown`: with the secrets of its callbacks, which is for the answer to whoever gave them only. */
export const viewOf = (row: ScheduleFields, zoneName: string, shown = false): Schedule => {
  const { id, name, zoneId, cron, timeZone, misfire, misfireLimit, misfireAfterSeconds, overlap, feedResult, status } = row;
  return {
    ...{ id, name, zoneId, zoneName, cron, timeZone, misfire, misfireLimit, misfireAfterSeconds, overlap, feedResult, status },
    task: shown ? row.task : withoutSecrets(row.task),
    at: row.at?.toISOString() ?? null,
    start: row.startAt?.toISOString() ?? null,
    until: row.untilAt?.toISOString() ?? null,
    nextDueAt: status === 'active' ? (row.nextDueAt?.toISOString() ?? null) : null,
    lastTaskId: row.lastTaskId,
    revision: row.revision,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
  };
};

export const fireViewOf = (row: Omit<Fire, 'dueAt' | 'firedAt'> & { readonly dueAt: Date; readonly firedAt: Date | null }): Fire => ({
  ...row,
  dueAt: row.dueAt.toISOString(),
  firedAt: row.firedAt?.toISOString() ?? null,
});
