import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hasEnded, type RunRow } from '../runs/run-row.js';
import { findRuns, lockRunsById } from '../runs/runs.store.js';
import { nothingStored, type Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';
import { sweepRun } from './sweep-run.js';

export interface Swept {
  readonly stored: Stored;
  readonly wakeZones: readonly string[];
  readonly cancel: readonly RunRow[];
  /** Whose agents are to be asked for. */
  readonly doubted: readonly RunRow[];
  readonly more: boolean;
}

const sweepSize = 500;

/** Runs whose time has come: a deadline, a limit, a pause that ends, a cancel to be repeated. */
@Injectable()
export class SweepStore {
  constructor(private readonly dataSource: DataSource) {}

  async sweep(now: Date): Promise<Swept> {
    const { manager: reader } = this.dataSource;
    // What was sent is the claim's to decide on. However much of it is not accepted, it holds up nothing else.
    const zones = `SELECT DISTINCT zone_id zoneId FROM runs WHERE wake_at <= ? AND state = 'dispatched'`;
    const sent = (await reader.query<{ zoneId: string }[]>(zones, [now])).map(({ zoneId }) => zoneId);
    const found = await findRuns(reader, `r.wake_at <= ? AND r.state <> 'dispatched' ORDER BY r.wake_at LIMIT ?`, [now, sweepSize]);
    const ids = found.map(({ row }) => row.id);
    if (ids.length === 0) return { stored: nothingStored, wakeZones: sent, cancel: [], doubted: [], more: false };
    return inTransaction(this.dataSource, async (manager) => {
      const runs = [...(await lockRunsById(manager, ids.sort())).values()].filter(({ row }) => row.wakeAt !== null && row.wakeAt <= now);
      const [cancel, doubted]: [RunRow[], RunRow[]] = [[], []];
      for (const run of runs) {
        const what = sweepRun(run, now);
        if (what !== undefined) (what === 'cancel' ? cancel : doubted).push(run.row);
      }
      const stored = await storeRuns(manager, runs, now);
      const woken = runs.filter((run) => run.row.due || hasEnded(run));
      return { stored, wakeZones: [...sent, ...woken.map(({ row }) => row.zoneId)], cancel, doubted, more: found.length === sweepSize };
    });
  }

  /** The first time between these two that a run or a task waits for. What was sent is looked at each second. */
  async nextTime(after: Date, until: Date): Promise<Date | undefined> {
    const rows = await this.dataSource.query<{ at: Date }[]>(
      `(SELECT wake_at at FROM runs WHERE wake_at > ? AND wake_at <= ? AND state IN ('scheduled', 'queued') ORDER BY wake_at LIMIT 1)
       UNION ALL (SELECT batch_next_at at FROM tasks WHERE batch_next_at > ? AND batch_next_at <= ? ORDER BY batch_next_at LIMIT 1)
       ORDER BY at LIMIT 1`,
      [after, until, after, until],
    );
    return rows[0]?.at;
  }

  /** Zones with due runs: normally none, since their wake-ups came first. */
  async zonesWithDueRuns(): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT z.zone_id id FROM zone_dispatch z
       WHERE EXISTS (SELECT 1 FROM runs r WHERE r.zone_id = z.zone_id AND r.state = 'queued' AND r.due = 1)`,
    );
    return rows.map(({ id }) => id);
  }
}
