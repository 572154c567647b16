import type { ResourceRow } from './resource-row.js';

const firstPauseMs = 10_000;
const longestPauseMs = 600_000;

/** Between a mending and the next one: 10 s, doubled with each that did not last, 10 minutes at most. */
export const healPauseMs = (tries: number): number => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, tries - 1));

type Healing = Pick<ResourceRow, 'selfHeal' | 'status' | 'operationId' | 'healTries' | 'healNotBefore' | 'healAt'>;

/**
 * Whether drift is mended now; if not yet, `healAt` says when. Drift that comes back only after it was calm for as long again begins anew with the shortest pause.
 */
export const healsNow = (row: Healing, now: Date): boolean => {
  if (!row.selfHeal || row.operationId !== null) {
    row.healAt = null;
    return false;
  }
  const notBeforeMs = row.healNotBefore?.getTime() ?? 0;
  if (now.getTime() < notBeforeMs) {
    row.healAt = row.healNotBefore;
    return false;
  }
  const calm = now.getTime() > notBeforeMs + healPauseMs(row.healTries);
  row.healTries = calm ? 1 : row.healTries + 1;
  row.healNotBefore = new Date(now.getTime() + healPauseMs(row.healTries));
  row.healAt = null;
  return true;
};
