import type { EntityManager } from 'typeorm';
import { makeUnboundDue } from '../dispatch/claim.store.js';
import { isOutOfSight, regainSight } from '../runs/attempt-end.js';
import { wakeUp } from '../runs/run-row.js';
import { lockRuns } from '../runs/runs.store.js';
import type { Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';

/** The agent takes work again: what waited for it is due, what was out of sight goes on, what it was sent and did not accept goes out again, and so does what no agent matched. */
export const wakeRunsOf = async (
  manager: EntityManager,
  { agentId, zoneId }: { readonly agentId: string; readonly zoneId: string },
  now: Date,
): Promise<Stored> => {
  const runs = await lockRuns(manager, `r.agent_id = ? AND r.state IN ('queued', 'dispatched') ORDER BY r.id`, [agentId]);
  for (const run of runs) {
    if (isOutOfSight(run.row)) regainSight(run, now);
    else if (run.row.state === 'queued') wakeUp(run);
    else {
      run.row.wakeAt = now;
      run.changed = true;
    }
  }
  await makeUnboundDue(manager, zoneId, now, agentId);
  return storeRuns(manager, runs, now);
};
