import { forgetOldKeys } from '@klevr/persistence/idempotency';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { idempotencyKeys, outbox } from '../database/tables.js';
import { cutoffsOf, type Cutoffs, type Kept } from './kept.js';

/** What one statement took away. */
export interface Forgotten {
  readonly table: string;
  readonly rows: number;
}

const tasksAtOnce = 250;
const runsAtOnce = 250;
const rowsAtOnce = 500;
/** They hold up to a few hundred KiB each. */
const logsAtOnce = 200;
/** See `forgetOldKeys`. */
const keysAtOnce = 1000;
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
      const [lock] = await runner.manager.query<{ got: number | null }[]>(`SELECT GET_LOCK(${oneReplica}, 0) got`);
      if (lock?.got !== 1) return false;
      try {
        for await (const forgotten of everything(runner.manager, cutoffsOf(kept, now))) if ((await each(forgotten)) === 'stop') break;
      } finally {
        await runner.query(`SELECT RELEASE_LOCK(${oneReplica})`);
      }
      return true;
    } finally {
      await runner.release();
    }
  }
}

type Forgetting = AsyncGenerator<Forgotten, void, undefined>;

export async function* everything(manager: EntityManager, cutoffs: Cutoffs): Forgetting {
  if (cutoffs.logs > cutoffs.tasks) yield* logs(manager, cutoffs.logs);
  yield* tasks(manager, cutoffs.tasks);
  yield* singleTables(manager, cutoffs);
  // Their age is a day; those that grow too old meanwhile are for the next pass.
  for (let rows = keysAtOnce; rows === keysAtOnce;) {
    rows = await forgetOldKeys(manager, idempotencyKeys);
    yield { table: idempotencyKeys.name, rows };
  }
}

/** Of finished tasks, in the order of their ends; where it got to is kept. */
async function* logs(manager: EntityManager, before: Date): Forgetting {
  const [mark] = await manager.query<{ at: Date; id: string }[]>(`SELECT at, id FROM retention_marks WHERE name = 'logs'`);
  for (let { at, id } = mark ?? { at: new Date(0), id: '' }; ;) {
    const found = await manager.query<{ id: string; at: Date }[]>(
      `SELECT id, finished_at at FROM tasks WHERE finished_at >= ? AND finished_at < ? AND (finished_at > ? OR id > ?)
       ORDER BY finished_at, id LIMIT ?`,
      [at, before, at, id, tasksAtOnce],
    );
    const last = found.at(-1);
    if (last === undefined) return;
    yield* logsOfTasks(
      manager,
      found.map((task) => task.id),
    );
    ({ at, id } = last);
    await manager.query(
      `INSERT INTO retention_marks (name, at, id) VALUES ('logs', ?, ?) ON DUPLICATE KEY UPDATE at = VALUES(at), id = VALUES(id)`,
      [at, id],
    );
    yield { table: 'logs', rows: 0 };
  }
}

async function* logsOfTasks(manager: EntityManager, taskIds: readonly string[]): Forgetting {
  for (;;) {
    const runs = await idsOf(manager, 'SELECT id FROM runs WHERE task_id IN (?) AND log_count > 0 LIMIT ?', [taskIds, runsAtOnce]);
    if (runs.length === 0) return;
    yield* drain(manager, 'logs', 'run_id IN (?)', [runs], logsAtOnce);
    await manager.query('UPDATE runs SET log_count = 0 WHERE id IN (?)', [runs]);
  }
}

/** The task goes last: what a crash leaves undone is found again by it. */
async function* tasks(manager: EntityManager, before: Date): Forgetting {
  for (;;) {
    const found = await idsOf(manager, 'SELECT id FROM tasks WHERE finished_at < ? ORDER BY finished_at LIMIT ?', [before, tasksAtOnce]);
    if (found.length === 0) return;
    for (;;) {
      const runs = await idsOf(manager, 'SELECT id FROM runs WHERE task_id IN (?) LIMIT ?', [found, runsAtOnce]);
      if (runs.length === 0) break;
      yield* drain(manager, 'logs', 'run_id IN (?)', [runs], logsAtOnce);
      for (const table of ['steps', 'attempts']) yield* drain(manager, table, 'run_id IN (?)', [runs]);
      yield* drain(manager, 'runs', 'id IN (?)', [runs]);
    }
    for (const table of ['callback_deliveries', 'callbacks']) yield* drain(manager, table, 'task_id IN (?)', [found]);
    yield* drain(manager, 'tasks', 'id IN (?)', [found]);
  }
}

/** Those of deleted zones go while it is known that the zone is deleted. */
async function* singleTables(manager: EntityManager, { tasks: ofTasks, refused, gone }: Cutoffs): Forgetting {
  const ofClosed = 'zone_id IN (SELECT zone_id FROM zone_dispatch WHERE closed_at IS NOT NULL)';
  for (const table of ['credentials', 'concurrency_keys']) yield* drain(manager, table, ofClosed, []);
  yield* drain(manager, 'callback_deliveries', 'task_id IS NULL AND ended_at < ?', [ofTasks]);
  yield* drain(manager, 'webhooks', 'zone_gone AND zone_id IN (SELECT zone_id FROM zone_dispatch WHERE closed_at < ?)', [ofTasks]);
  yield* drain(manager, 'skipped_fires', 'created_at < ?', [ofTasks]);
  yield* drain(manager, 'operation_tasks', 'created_at < ? AND task_id NOT IN (SELECT id FROM tasks)', [ofTasks]);
  yield* drain(manager, 'schedule_locks', 'used_at < ?', [gone]);
  yield* drain(manager, 'refused_facts', 'created_at < ?', [refused]);
  yield* drain(manager, outbox.name, 'refused IS NOT NULL AND created_at < ?', [refused]);
  yield* drain(manager, 'fact_cursors', 'updated_at < ?', [gone]);
  // Their runs have ended, or are ended by the event that comes again until it is handled.
  yield* drain(manager, 'agent_state', `status = 'removed' AND since < ?`, [gone]);
  yield* drain(manager, 'zone_dispatch', 'closed_at < ?', [gone]);
}

async function* drain(
  manager: EntityManager,
  table: string,
  condition: string,
  parameters: readonly unknown[],
  atOnce = rowsAtOnce,
): Forgetting {
  for (let rows = atOnce; rows === atOnce;) {
    const sql = `DELETE FROM ${table} WHERE ${condition} LIMIT ${atOnce}`;
    ({ affectedRows: rows } = await manager.query<{ affectedRows: number }>(sql, [...parameters]));
    yield { table, rows };
  }
}

const idsOf = async (manager: EntityManager, sql: string, parameters: readonly unknown[]): Promise<string[]> =>
  (await manager.query<{ id: string }[]>(sql, [...parameters])).map(({ id }) => id);
