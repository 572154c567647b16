import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { endFence, isOutOfSight } from '../runs/attempt-end.js';
import { apply, makeDue, overdueGraceMs, reasonAt, wakeAtFor, type LoadedRun, type RunRow } from '../runs/run-row.js';
import { isEnded } from '../runs/run-state.js';
import { findRuns, lockRunsById } from '../runs/runs.store.js';
import { nothingStored, storeRuns, type Stored } from '../runs/transitions.store.js';

export interface Swept {
  readonly stored: Stored;
  readonly wakeZones: readonly string[];
  readonly cancel: readonly RunRow[];
  readonly more: boolean;
}

const sweepSize = 500;
const cancelAgainMs = 5_000;

/** Runs whose time has come: a deadline, a limit, a pause that ends, a cancel to be repeated. */
@Injectable()
export class SweepStore {
  constructor(private readonly dataSource: DataSource) {}

  async sweep(now: Date): Promise<Swept> {
    const found = await findRuns(this.dataSource.manager, 'r.wake_at <= ? ORDER BY r.wake_at LIMIT ?', [now, sweepSize]);
    // What was sent is the claim's to decide on.
    const sent = found.filter(({ row }) => row.state === 'dispatched').map(({ row }) => row.zoneId);
    const ids = found.filter(({ row }) => row.state !== 'dispatched').map(({ row }) => row.id);
    if (ids.length === 0) return { stored: nothingStored, wakeZones: sent, cancel: [], more: false };
    return inTransaction(this.dataSource, async (manager) => {
      const runs = [...(await lockRunsById(manager, ids.sort())).values()].filter(({ row }) => row.wakeAt !== null && row.wakeAt <= now);
      const cancel: RunRow[] = [];
      for (const run of runs) if (sweepOne(run, now)) cancel.push(run.row);
      const stored = await storeRuns(manager, runs, now);
      const woken = runs.filter(({ row, wasState }) => row.due || (isEnded(row.state) && !isEnded(wasState)));
      return { stored, wakeZones: [...sent, ...woken.map(({ row }) => row.zoneId)], cancel, more: found.length === sweepSize };
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

/** Answers whether a cancel is to be sent to its agent. */
const sweepOne = (run: LoadedRun, now: Date): boolean => {
  const { row } = run;
  if (row.state === 'scheduled' || row.state === 'queued') {
    nextOrNever(run, now);
    return false;
  }
  if (row.limitAt !== null && row.limitAt <= now) {
    apply(run, 'overdue', now, reasonAt(...overdue(row, now), now));
    return false;
  }
  row.wakeAt = wakeAtFor(row, row.cancelRequestedAt === null ? null : new Date(now.getTime() + cancelAgainMs));
  run.changed = true;
  return row.cancelRequestedAt !== null;
};

/** Its time has come: the one that it waits for, or its deadline. What waits for something else has no time but its deadline. */
const nextOrNever = (run: LoadedRun, now: Date): void => {
  const { row } = run;
  if (row.deadlineAt !== null && row.deadlineAt <= now) {
    apply(run, 'deadlinePassed', now, reasonAt('DEADLINE_PASSED', `its deadline passed ${whileWhat(row)}`, now));
  } else if (row.waitCode === 'AGENT_FENCED') {
    endFence(run, now);
  } else if (isOutOfSight(row)) {
    row.wakeAt = wakeAtFor(row, null);
    run.changed = true;
  } else {
    if (row.state === 'scheduled') apply(run, 'released', now);
    makeDue(run);
  }
};

const whileWhat = (row: RunRow): string => {
  if (isOutOfSight(row)) return 'while its agent was lost';
  return row.retries === 0 ? 'before it started' : `before attempt ${row.attempt} started`;
};

const overdue = ({ deadlineAt }: RunRow, now: Date): ['DEADLINE_PASSED' | 'RUN_TIMED_OUT', string] => {
  const code = deadlineAt !== null && deadlineAt.getTime() + overdueGraceMs <= now.getTime() ? 'DEADLINE_PASSED' : 'RUN_TIMED_OUT';
  return [code, 'it should have ended by now, and its agent says nothing'];
};
