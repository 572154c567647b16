import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { makeUnboundDue } from '../dispatch/claim.store.js';
import { loseSight } from '../runs/attempt-end.js';
import { reasonAt } from '../runs/run-row.js';
import { heldStates } from '../runs/run-state.js';
import { lockRuns } from '../runs/runs.store.js';
import { nothingStored, type Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';
import { wakeRunsOf } from './wake-runs.store.js';

export interface HostChange {
  readonly agentId: string;
  readonly zoneId: string;
  readonly status: 'online' | 'suspect' | 'lost' | 'left' | 'suspended';
  readonly cause: string;
  readonly at: Date;
}

/** What host events change: whether an agent is sent anything, and the end of what a lost one had in hand. */
@Injectable()
export class HostEventsStore {
  constructor(private readonly dataSource: DataSource) {}

  apply(change: HostChange, now: Date): Promise<Stored> {
    return inTransaction(this.dataSource, async (manager) => {
      if (!(await storeStatus(manager, change))) return nothingStored;
      // It lives on with the session it had; a hello would have said another.
      if (change.status === 'online') return wakeRunsOf(manager, change, now);
      return change.status === 'lost' ? endHeldRuns(manager, change, now) : nothingStored;
    });
  }

  /** A host is new or has changed its labels: what no agent matched may have one now. */
  async newHost(zoneId: string, agentId: string, now: Date): Promise<void> {
    await makeUnboundDue(this.dataSource.manager, zoneId, now, agentId);
  }
}

/** An event that is older than what is known (the agent has said hello since) changes nothing. */
const storeStatus = async (manager: EntityManager, { agentId, status, cause, at }: HostChange): Promise<boolean> => {
  const known = await manager.query<{ since: Date; online: number; status: string }[]>(
    'SELECT since, online, status FROM agent_state WHERE agent_id = ? FOR UPDATE',
    [agentId],
  );
  const row = known[0];
  if (row === undefined || row.status === 'removed' || row.since > at) return false;
  const online = status === 'online';
  // Offline is told since it began, not since it got worse; a sleep is another thing.
  const since = !online && row.online === 0 && status !== 'suspended' ? row.since : at;
  await manager.query('UPDATE agent_state SET online = ?, status = ?, cause = ?, since = ? WHERE agent_id = ?', [
    online,
    status,
    cause.slice(0, 255),
    since,
    agentId,
  ]);
  return true;
};

/**
 * What was only sent may have been taken unseen, or never have arrived: that is for its hello or the deadline to say, unless another agent may take over,
 * which waits as long as the lost one may have it.
 */
const endHeldRuns = async (manager: EntityManager, { agentId, cause }: HostChange, now: Date): Promise<Stored> => {
  const condition = `r.agent_id = ? AND (r.state IN (?) OR (r.state IN ('queued', 'dispatched') AND r.lease_until IS NOT NULL)) ORDER BY r.id`;
  const runs = await lockRuns(manager, condition, [agentId, heldStates]);
  const message = `the agent is lost${cause === '' ? '' : ` (${cause})`}: nobody can say whether the run ended`;
  for (const run of runs) loseSight(run, reasonAt('AGENT_LOST', message, now), now);
  return storeRuns(manager, runs, now);
};
