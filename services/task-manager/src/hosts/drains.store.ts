import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Stored } from '../runs/stored.js';
import { wakeRunsOf } from './wake-runs.store.js';

export interface DrainChange {
  readonly agentId: string;
  readonly zoneId: string;
  readonly drained: boolean;
  readonly cause: string;
  readonly at: Date;
}

/** Whether an agent is given new work. It may be drained before it ever said hello here, and stays so whatever else becomes of it. */
@Injectable()
export class DrainsStore {
  constructor(private readonly dataSource: DataSource) {}

  change(change: DrainChange, now: Date): Promise<Stored | undefined> {
    const { agentId, zoneId, drained, cause, at } = change;
    return inTransaction(this.dataSource, async (manager) => {
      // An older word changes nothing; the time is compared first and written last.
      await manager.query(
        `INSERT INTO agent_state (agent_id, zone_id, zone_name, online, status, cause, since, drained, drain_since, drain_cause)
         VALUES (?, ?, IFNULL((SELECT zone_name FROM zone_dispatch WHERE zone_id = ?), ''), 0, 'pending', '', ?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE drained = IF(drain_since IS NULL OR drain_since <= VALUES(drain_since), VALUES(drained), drained),
           drain_cause = IF(drain_since IS NULL OR drain_since <= VALUES(drain_since), VALUES(drain_cause), drain_cause),
           drain_since = GREATEST(IFNULL(drain_since, VALUES(drain_since)), VALUES(drain_since))`,
        [agentId, zoneId, zoneId, at, drained, at, cause.slice(0, 255)],
      );
      return drained ? undefined : wakeRunsOf(manager, { agentId, zoneId }, now);
    });
  }
}
