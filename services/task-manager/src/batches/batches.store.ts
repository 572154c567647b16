import type { Batch, Target } from '@klevr/contracts/target';
import { terminalStatuses } from '@klevr/contracts/task';
import { jsonValue } from '@klevr/persistence/columns';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { apply, makeDue, reasonAt, type LoadedRun } from '../runs/run-row.js';
import { lockRuns } from '../runs/runs.store.js';
import type { Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';
import type { Toll } from './judge-batch.js';

/** A task whose batches want a decision, as it was when it was read. */
export interface BatchTask {
  readonly id: string;
  readonly zoneId: string;
  readonly policy: Batch;
  readonly current: number;
  readonly state: 'running' | 'pausing';
  readonly nextAt: Date;
}

const tasksAtOnce = 50;
const notWell = terminalStatuses.filter((status) => status !== 'succeeded');

/**
 * Tasks that go over their hosts in batches.
 * Promises: each decision is made once over all replicas: it takes effect only where the task is still as it was read, under the lock of its row.
 * Locks in the order runs, tasks, as everyone.
 */
@Injectable()
export class BatchesStore {
  constructor(private readonly dataSource: DataSource) {}

  async due(now: Date, besides: readonly string[]): Promise<BatchTask[]> {
    const rows = await this.dataSource.query<(Omit<BatchTask, 'policy'> & { target: unknown })[]>(
      `SELECT id, zone_id zoneId, target, batch_current current, batch_state state, batch_next_at nextAt FROM tasks
       WHERE batch_next_at <= ? AND id NOT IN (?) ORDER BY batch_next_at LIMIT ?`,
      [now, besides.length === 0 ? [''] : besides, tasksAtOnce],
    );
    return rows.flatMap(({ target, ...row }) => {
      const policy = policyOf(jsonValue(target) as Target);
      return policy === undefined ? [] : [{ ...row, policy }];
    });
  }

  /** What has become of the hosts so far, but for their loads. */
  async toll({ id, current }: BatchTask): Promise<Omit<Toll, 'loads'>> {
    const [failed] = await this.dataSource.query<{ count: number | string }[]>(
      'SELECT COUNT(*) count FROM runs WHERE task_id = ? AND batch_no BETWEEN 1 AND ? AND state IN (?)',
      [id, current, notWell],
    );
    const lost = await this.dataSource.query<{ agentId: string }[]>(
      `SELECT DISTINCT r.agent_id agentId FROM runs r LEFT JOIN agent_state a ON a.agent_id = r.agent_id
       WHERE r.task_id = ? AND r.batch_no BETWEEN 1 AND ? AND r.agent_id IS NOT NULL AND (r.state = 'lost' OR a.status = 'lost')
       ORDER BY r.agent_id`,
      [id, current],
    );
    return { failures: Number(failed?.count ?? 0), lostHosts: lost.map(({ agentId }) => agentId) };
  }

  async touchedHosts({ id, current }: BatchTask): Promise<string[]> {
    const rows = await this.dataSource.query<{ agentId: string }[]>(
      'SELECT DISTINCT agent_id agentId FROM runs WHERE task_id = ? AND batch_no BETWEEN 1 AND ? AND agent_id IS NOT NULL',
      [id, current],
    );
    return rows.map(({ agentId }) => agentId);
  }

  /** The decision is due then (again). */
  async wait(seen: BatchTask, state: BatchTask['state'], until: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE tasks SET batch_state = ?, batch_next_at = ? WHERE id = ? AND batch_current = ? AND batch_state = ? AND batch_next_at = ?`,
      [state, until, seen.id, seen.current, seen.state, seen.nextAt],
    );
  }

  /** Begins the next batch of which anything is left. Undefined where another replica was first. */
  release(seen: BatchTask, now: Date): Promise<Stored | undefined> {
    return this.decide(seen, now, async (manager, runs) => {
      const next = Math.min(...runs.map(({ row }) => row.batchNo));
      const released = runs.filter(({ row }) => row.batchNo === next);
      for (const run of released) {
        apply(run, 'released', now);
        makeDue(run);
      }
      await manager.query(
        `UPDATE tasks SET batch_state = 'running', batch_current = ?, batch_open = ?, batch_next_at = NULL WHERE id = ?`,
        [next, released.length, seen.id],
      );
    });
  }

  /** Ends all that has not begun. Undefined where another replica was first. */
  stop(seen: BatchTask, why: string, now: Date): Promise<Stored | undefined> {
    const reason = reasonAt('BATCH_STOPPED', `its batch did not begin: ${why}`, now);
    return this.decide(seen, now, async (manager, runs) => {
      for (const run of runs) apply(run, 'canceledBeforeStart', now, reason);
      await manager.query(`UPDATE tasks SET batch_state = 'stopped', batch_stop_reason = ?, batch_next_at = NULL WHERE id = ?`, [
        why.slice(0, 500),
        seen.id,
      ]);
    });
  }

  private decide(
    { id, current, state, nextAt }: BatchTask,
    now: Date,
    decision: (manager: EntityManager, waiting: readonly LoadedRun[]) => Promise<void>,
  ): Promise<Stored | undefined> {
    return inTransaction(this.dataSource, async (manager) => {
      const runs = await lockRuns(manager, `r.task_id = ? AND r.state = 'scheduled' AND r.batch_no > ? ORDER BY r.id`, [id, current]);
      const same = await manager.query<unknown[]>(
        'SELECT 1 FROM tasks WHERE id = ? AND batch_current = ? AND batch_state = ? AND batch_next_at = ? FOR UPDATE',
        [id, current, state, nextAt],
      );
      if (same.length === 0) return undefined;
      if (runs.length > 0) await decision(manager, runs);
      else await manager.query('UPDATE tasks SET batch_next_at = NULL WHERE id = ?', [id]);
      return storeRuns(manager, runs, now);
    });
  }
}

const policyOf = (target: Target): Batch | undefined => ('all' in target ? target.batch : undefined);
