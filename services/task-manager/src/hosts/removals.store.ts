import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { endGone, loseAgent, type Gone } from '../runs/gone.js';
import { reasonAt, type LoadedRun } from '../runs/run-row.js';
import { cancelRun } from '../runs/cancel-run.js';
import { openStates } from '../runs/run-state.js';
import { lockRuns } from '../runs/runs.store.js';
import type { Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';

const runsAtOnce = 200;
const zoneDeleted: Gone = { code: 'ZONE_DELETED', what: 'the zone was deleted' };

/**
 * Agents and zones that are gone for good, or on their way there.
 * Promises: whoever makes a task either sees the mark (see `refuseGone`) or is seen here: the mark is committed before the open runs are read
 * under lock, which waits for runs that are being written. Everything can be done again after a crash in the middle.
 */
@Injectable()
export class RemovalsStore {
  constructor(private readonly dataSource: DataSource) {}

  /** The end of everything that the agent has or had to do. `each` hears of every part after its commit. */
  async agent(agentId: string, cause: string, now: Date, each: (stored: Stored) => void): Promise<void> {
    const sql = `UPDATE agent_state SET online = 0, status = 'removed', cause = ?, since = ? WHERE agent_id = ? AND status <> 'removed'`;
    await this.dataSource.query(sql, [cause.slice(0, 255), now, agentId]);
    // What waits until the agent has surely ended it is decided already.
    const condition = `r.agent_id = ? AND IFNULL(r.wait_code, '') <> 'AGENT_FENCED'`;
    await this.inParts(condition, [agentId], (run) => loseAgent(run, now), now, each);
  }

  async countOpenTasks(zoneId: string): Promise<number> {
    const sql = 'SELECT COUNT(DISTINCT task_id) count FROM runs WHERE zone_id = ? AND state IN (?)';
    const rows = await guarded(() => this.dataSource.query<{ count: number | string }[]>(sql, [zoneId, openStates]));
    return Number(rows[0]?.count ?? 0);
  }

  /** From now on the zone takes no task, and every open one is canceled; what agents have in hand ends when they say so. */
  async closeZone(zoneId: string, why: string, now: Date, each: (stored: Stored) => void): Promise<void> {
    await this.markClosed(zoneId, now);
    const reason = reasonAt('ZONE_DELETED', `${why}: canceled before it started`, now);
    await this.inParts('r.zone_id = ? AND r.cancel_requested_at IS NULL', [zoneId], (run) => cancelRun(run, reason, now), now, each);
  }

  /** Nobody of it will ever answer again. */
  async zone(zoneId: string, now: Date, each: (stored: Stored) => void): Promise<void> {
    await this.markClosed(zoneId, now);
    const sql = `UPDATE agent_state SET online = 0, status = 'removed', cause = ?, since = ? WHERE zone_id = ? AND status <> 'removed'`;
    // First the runs, or a claim would end them as those of a removed agent; then once more what a hello has moved meanwhile.
    await this.endAll(zoneId, now, each);
    await this.dataSource.query(sql, [zoneDeleted.what, now, zoneId]);
    await this.dataSource.query('DELETE FROM concurrency_keys WHERE zone_id = ?', [zoneId]);
    await this.dataSource.query('DELETE FROM credentials WHERE zone_id = ?', [zoneId]);
    await this.endAll(zoneId, now, each);
  }

  private endAll(zoneId: string, now: Date, each: (stored: Stored) => void): Promise<void> {
    return this.inParts('r.zone_id = ?', [zoneId], (run) => endGone(run, zoneDeleted, now), now, each);
  }

  private async markClosed(zoneId: string, now: Date): Promise<void> {
    const sql = `INSERT INTO zone_dispatch (zone_id, zone_name, max_concurrent_runs, closed_at) VALUES (?, '', 1, ?)
      ON DUPLICATE KEY UPDATE closed_at = IFNULL(closed_at, VALUES(closed_at))`;
    await guarded(() => this.dataSource.query(sql, [zoneId, now]));
  }

  /** Until no open run is left that fits; `decide` must make each of them fit no more. */
  private async inParts(
    ...[condition, parameters, decide, now, each]: [string, unknown[], (run: LoadedRun) => void, Date, (stored: Stored) => void]
  ): Promise<void> {
    for (let found = runsAtOnce; found === runsAtOnce;) {
      const stored = await inTransaction(this.dataSource, async (manager) => {
        const sql = `${condition} AND r.state IN (?) ORDER BY r.id LIMIT ?`;
        const runs = await lockRuns(manager, sql, [...parameters, openStates, runsAtOnce]);
        for (const run of runs) decide(run);
        found = runs.length;
        return storeRuns(manager, runs, now);
      });
      each(stored);
    }
  }
}
