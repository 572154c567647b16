import { forgetOldKeys } from '@klevr/persistence/idempotency';
import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { idempotencyKeys, outbox } from '../database/tables.js';
import { cutoffsOf, type Cutoffs, type Kept } from './kept.js';

/** What one statement took away. */
export interface Forgotten {
  readonly table: string;
  readonly rows: number;
}

const tasksAtOnce = 100;
const runsAtOnce = 100;
const rowsAtOnce = 500;
/** They hold up to a few hundred KiB each. */
const logsAtOnce = 100;
const oneReplica = `CONCAT('klevr.retention.', DATABASE())`;

/**
 * Bounds the tables of this service by age.
 * Promises: one replica is at it at a time; no statement takes more than 500 rows, and the caller may pause after each or stop; a crash in the middle leaves only
 * what the next pass finds again; what is not finished is never touched. Does not: hold a lock between two statements.
 */
@Injectable()
export class ForgettingStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Hands out what each statement takes; false where another replica is at it. The lock is that of the connection, and goes with it. */
  async alone(kept: Kept, now: Date, each: (forgotten: Forgotten) => Promise<'go on' | 'stop'>): Promise<boolean> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const [lock] = await runner.query<{ got: number | null }[]>(`SELECT GET_LOCK(${oneReplica}, 0) got`);
      if (lock?.got !== 1) return false;
      try {
        for await (const forgotten of everything(runner, cutoffsOf(kept, now))) if ((await each(forgotten)) === 'stop') break;
      } finally {
        await runner.query(`SELECT RELEASE_LOCK(${oneReplica})`);
      }
      return true;
    } finally {
      await runner.release();
    }
  }
}

type Runner = Pick<QueryRunner, 'query' | 'manager'>;
type Forgetting = AsyncGenerator<Forgotten, void, undefined>;

export async function* everything(runner: Runner, cutoffs: Cutoffs): Forgetting {
  if (cutoffs.logs > cutoffs.tasks) yield* logs(runner, cutoffs.logs);
  yield* tasks(runner, cutoffs.tasks);
  yield* singleTables(runner, cutoffs);
  for (let rows = 1; rows > 0;) {
    rows = await forgetOldKeys(runner.manager, idempotencyKeys);
    yield { table: idempotencyKeys.name, rows };
  }
}

/** Of finished tasks, in the order of their ends; where it got to is kept. */
async function* logs(runner: Runner, before: Date): Forgetting {
  const [mark] = await runner.query<{ at: Date; id: string }[]>(`SELECT at, id FROM retention_marks WHERE name = 'logs'`);
  for (let { at, id } = mark ?? { at: new Date(0), id: '' }; ;) {
    const found = await runner.query<{ id: string; at: Date }[]>(
      `SELECT id, finished_at at FROM tasks WHERE finished_at >= ? AND finished_at < ? AND (finished_at > ? OR id > ?)
       ORDER BY finished_at, id LIMIT ?`,
      [at, before, at, id, tasksAtOnce],
    );
    const last = found.at(-1);
    if (last === undefined) return;
    yield* logsOfTasks(
      runner,
      found.map((task) => task.id),
    );
    ({ at, id } = last);
    await runner.query(`INSERT INTO retention_marks (name, at, id) VALUES ('logs', ?, ?) ON DUPLICATE KEY UPDATE at = VALUES(at), id = VALUES(id)`, [
      at,
      id,
    ]);
    yield { table: 'logs', rows: 0 };
  }
}

async function* logsOfTasks(runner: Runner, taskIds: readonly string[]): Forgetting {
  for (;;) {
    const runs = await idsOf(runner, 'SELECT id FROM runs WHERE task_id IN (?) AND log_count > 0 LIMIT ?', [taskIds, runsAtOnce]);
    if (runs.length === 0) return;
    yield* drain(runner, 'logs', 'run_id IN (?)', [runs], logsAtOnce);
    await runner.query('UPDATE runs SET log_count = 0 WHERE id IN (?)', [runs]);
  }
}

/** The task goes last: what a crash leaves undone is found again by it. */
async function* tasks(runner: Runner, before: Date): Forgetting {
  for (;;) {
    const found = await idsOf(runner, 'SELECT id FROM tasks WHERE finished_at < ? ORDER BY finished_at LIMIT ?', [before, tasksAtOnce]);
    if (found.length === 0) return;
    for (;;) {
      const runs = await idsOf(runner, 'SELECT id FROM runs WHERE task_id IN (?) LIMIT ?', [found, runsAtOnce]);
      if (runs.length === 0) break;
      yield* drain(runner, 'logs', 'run_id IN (?)', [runs], logsAtOnce);
      for (const table of ['steps', 'attempts']) yield* drain(runner, table, 'run_id IN (?)', [runs]);
      yield* drain(runner, 'runs', 'id IN (?)', [runs]);
    }
    for (const table of ['callback_deliveries', 'callbacks']) yield* drain(runner, table, 'task_id IN (?)', [found]);
    yield* drain(runner, 'tasks', 'id IN (?)', [found]);
  }
}

/** Those of deleted zones go while it is known that the zone is deleted. */
async function* singleTables(runner: Runner, { tasks: ofTasks, refused, gone }: Cutoffs): Forgetting {
  const ofClosed = 'zone_id IN (SELECT zone_id FROM zone_dispatch WHERE closed_at IS NOT NULL)';
  for (const table of ['credentials', 'concurrency_keys']) yield* drain(runner, table, ofClosed, []);
  yield* drain(runner, 'callback_deliveries', 'task_id IS NULL AND ended_at < ?', [ofTasks]);
  yield* drain(runner, 'skipped_fires', 'created_at < ?', [ofTasks]);
  yield* drain(runner, 'schedule_locks', 'used_at < ?', [gone]);
  yield* drain(runner, 'refused_facts', 'created_at < ?', [refused]);
  yield* drain(runner, outbox.name, 'refused IS NOT NULL AND created_at < ?', [refused]);
  yield* drain(runner, 'fact_cursors', 'updated_at < ?', [gone]);
  // Their runs have ended, or are ended by the event that comes again until it is handled.
  yield* drain(runner, 'agent_state', `status = 'removed' AND since < ?`, [gone]);
  yield* drain(runner, 'zone_dispatch', 'closed_at < ?', [gone]);
}

async function* drain(runner: Runner, table: string, condition: string, parameters: readonly unknown[], atOnce = rowsAtOnce): Forgetting {
  for (let rows = atOnce; rows === atOnce;) {
    const sql = `DELETE FROM ${table} WHERE ${condition} LIMIT ${atOnce}`;
    ({ affectedRows: rows } = await runner.query<{ affectedRows: number }>(sql, [...parameters]));
    yield { table, rows };
  }
}

const idsOf = async (runner: Runner, sql: string, parameters: readonly unknown[]): Promise<string[]> =>
  (await runner.query<{ id: string }[]>(sql, [...parameters])).map(({ id }) => id);
