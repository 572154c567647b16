import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '@klevr/testing/eventually';
import { TaskManagers } from '../task-manager.fixture.js';
import { everything } from './forgetting.store.js';
import { cutoffsOf, keptDays } from './kept.js';
import { RetentionService } from './retention.service.js';

const dayMs = 86_400_000;
const kept = { tasksDays: 30, logsDays: 14 };
type Plan = { table: string; type: string; key: string | null }[];
const inDays = (days: number): Date => new Date(Date.now() + days * dayMs);

describe('what is kept', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open();
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const forget = async (now: Date): Promise<Record<string, number>> => {
    const [replica] = centre.replicas;
    return eventually('a pass of its own', 10_000, () => replica?.get(RetentionService).forget(now));
  };
  const rowsOf = async (table: string, column: string, ids: readonly string[]): Promise<number> => {
    const [row] = await centre.database.query<{ n: number | string }[]>(`SELECT COUNT(*) n FROM ${table} WHERE ${column} IN (?)`, [ids]);
    return Number(row?.n);
  };

  it('does not hold finished tasks for ever, nor anything of them, and their logs less long', async () => {
    const agent = await centre.agent();
    const made = async (): Promise<{ taskId: string; runId: string }> => {
      const task = await centre.noop(agent.zoneId, { agent: agent.agentId }, { callbacks: [{ url: 'http://127.0.0.1:9/' }] });
      const { id } = await centre.onlyRun(task.id);
      await agent.commands(id);
      await agent.logs({ runId: id, attempt: 1, phase: 'step', index: 0, try: 1, stream: 'stdout', offset: 0, data: 'YQ==' });
      return { taskId: task.id, runId: id };
    };
    const [old, open] = [await made(), await made()];
    await agent.succeed(old.runId);
    await centre.runWithStatus(old.taskId, 'succeeded');

    await forget(inDays(kept.logsDays - 1));
    expect(await rowsOf('logs', 'run_id', [old.runId, open.runId])).toBe(2);
    await forget(inDays(kept.logsDays + 1));
    expect(await rowsOf('logs', 'run_id', [old.runId])).toBe(0);
    expect((await centre.rpc('getLogs', { runId: old.runId })).chunks).toEqual([]);
    expect((await centre.onlyRun(old.taskId)).status).toBe('succeeded');

    await forget(inDays(kept.tasksDays + 1));
    await expect(centre.rpc('getTask', { id: old.taskId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (const table of ['runs', 'attempts', 'steps', 'logs', 'callbacks', 'callback_deliveries']) {
      const column = ['attempts', 'steps', 'logs'].includes(table) ? 'run_id' : 'task_id';
      expect([table, await rowsOf(table, column, [old.taskId, old.runId])]).toEqual([table, 0]);
    }
    expect((await centre.onlyRun(open.taskId)).status).toBe('dispatched');
    expect(await rowsOf('logs', 'run_id', [open.runId])).toBe(1);
    expect(await rowsOf('callbacks', 'task_id', [open.taskId])).toBe(1);
  });

  it('forgets which task an operation got with that task, and not before', async () => {
    const agent = await centre.agent();
    const task = await centre.noop(agent.zoneId, { agent: agent.agentId });
    const rows = [task.id, newId('task')].map((taskId) => [newId('operation'), taskId, new Date()]);
    await centre.database.query('INSERT INTO operation_tasks (operation_id, task_id, created_at) VALUES ?', [rows]);
    const operations = rows.map(([id]) => String(id));
    await forget(inDays(kept.tasksDays - 1));
    expect(await rowsOf('operation_tasks', 'operation_id', operations)).toBe(2);
    await forget(inDays(kept.tasksDays + 1));
    expect(await rowsOf('operation_tasks', 'task_id', [task.id])).toBe(1);
    expect(await rowsOf('operation_tasks', 'operation_id', operations)).toBe(1);
  });

  it('remembers for long, and not for ever, which agents and zones are gone', async () => {
    const [gone, there] = [await centre.agent(), await centre.agent()];
    await centre.hostEvent('host.zoneDeleted', { zoneId: gone.zoneId, agentId: gone.zoneId });
    const left = async (): Promise<string[]> => {
      const sql =
        'SELECT zone_id id FROM zone_dispatch WHERE zone_id IN (?) UNION ALL SELECT agent_id FROM agent_state WHERE agent_id IN (?)';
      const ids = [gone, there].map(({ zoneId, agentId }) => [zoneId, agentId]);
      const rows = await centre.database.query<{ id: string }[]>(sql, [ids.map(([zoneId]) => zoneId), ids.map(([, agentId]) => agentId)]);
      return rows.map(({ id }) => id).sort();
    };
    await eventually('the deletion', 5_000, async () => {
      const sql = `SELECT 1 FROM agent_state WHERE agent_id = ? AND status = 'removed'`;
      return (await centre.database.query<unknown[]>(sql, [gone.agentId])).length === 1 ? true : undefined;
    });
    await forget(inDays(keptDays.gone - 1));
    expect(await left()).toEqual([gone.zoneId, gone.agentId, there.zoneId, there.agentId].sort());
    await forget(inDays(keptDays.gone + 1));
    expect(await left()).toEqual([there.zoneId, there.agentId].sort());
  });

  it('stays bounded over forty days of 10,000 short tasks, logs less than tasks, and nothing open ever goes', async () => {
    const [zone, agent, startMs] = [newId('zone'), newId('agent'), Date.now()];
    const opened: string[] = [];
    const most = { tasks: 0, runs: 0, attempts: 0, steps: 0, logs: 0, callbacks: 0, callback_deliveries: 0 };
    for (let day = 1; day <= 40; day++) {
      const now = new Date(startMs + day * dayMs);
      await seed({ zone, agent, day, now, finished: 250 });
      opened.push(await seed({ zone, agent, day, now, finished: 0 }));
      await forget(new Date(now.getTime() + 1));
      for (const table of Object.keys(most) as (keyof typeof most)[]) {
        const prefix = ['attempts', 'steps', 'logs'].includes(table) ? 'run_id' : 'id';
        const [row] = await centre.database.query<{ n: number | string }[]>(
          `SELECT COUNT(*) n FROM ${table} WHERE ${prefix} LIKE 'bulk_%'`,
        );
        most[table] = Math.max(most[table], Number(row?.n));
      }
    }
    const [tasks, logs] = [30 * 250 + 40, 14 * 250 + 40];
    expect(most).toEqual({ tasks, runs: tasks, attempts: tasks, steps: tasks, logs, callbacks: tasks, callback_deliveries: tasks });
    expect(await rowsOf('tasks', 'id', opened)).toBe(40);
    expect(await rowsOf('logs', 'run_id', opened)).toBe(40);
  }, 60_000);

  const seed = async (
    ...[{ zone, agent, day, now, finished }]: [{ zone: string; agent: string; day: number; now: Date; finished: number }]
  ) => {
    const prefix = `bulk_${finished > 0 ? 'f' : 'o'}${String(day).padStart(3, '0')}_`;
    const [from, state, at] = [`seq_1_to_${Math.max(1, finished)}`, finished > 0 ? 'succeeded' : 'running', finished > 0 ? now : null];
    const id = `CONCAT('${prefix}', seq)`;
    const { database } = centre;
    await database.query(
      `INSERT INTO tasks (id, name, zone_id, zone_name, target, steps, recovery, parameters, timeout_seconds, execution, priority, status, total_runs,
         open_runs, has_callbacks, created_by, created_at, finished_at)
       SELECT ${id}, 'n', ?, 'z', '{}', '[]', '[]', '{}', 1, 'atMostOnce', 0, ?, 1, ?, 0, 't', ?, ? FROM ${from}`,
      [zone, state, finished > 0 ? 0 : 1, now, at],
    );
    await database.query(
      `INSERT INTO runs (id, task_id, zone_id, agent_id, target_kind, state, due, priority, timeout_seconds, created_at, finished_at, log_count)
       SELECT ${id}, ${id}, ?, ?, 'agent', ?, 0, 0, 1, ?, ?, 1 FROM ${from}`,
      [zone, agent, state, now, at],
    );
    await database.query(
      `INSERT INTO attempts (run_id, attempt, agent_id, session, epoch, sent_at) SELECT ${id}, 1, ?, 's', 1, ? FROM ${from}`,
      [agent, now],
    );
    await database.query(
      `INSERT INTO steps (run_id, attempt, phase, step_index, tries, outcome) SELECT ${id}, 1, 'step', 0, 1, 'succeeded' FROM ${from}`,
    );
    await database.query(
      `INSERT INTO logs (run_id, seq, attempt, phase, step_index, try, stream, stream_offset, data, cut)
       SELECT ${id}, 1, 1, 'step', 0, 1, 'stdout', 0, 'x', 0 FROM ${from}`,
    );
    await database.query(
      `INSERT INTO callbacks (id, task_id, url, triggers, secret, created_at) SELECT ${id}, ${id}, 'http://127.0.0.1:9/', '[]', 's', ? FROM ${from}`,
      [now],
    );
    await database.query(
      `INSERT INTO callback_deliveries (id, callback_id, task_id, event_type, state, created_at, ended_at)
       SELECT ${id}, ${id}, ${id}, 'task.finished', 'delivered', ?, ? FROM ${from}`,
      [now, now],
    );
    return `${prefix}1`;
  };

  it('goes by statements that take few rows and find them by an index', async () => {
    await seed({ zone: newId('zone'), agent: newId('agent'), day: 900, now: new Date(), finished: 4_000 });
    const runner = centre.database.createQueryRunner();
    const explained: { sql: string; plan: Plan }[] = [];
    const manager = {
      query: async (sql: string, parameters: unknown[] = []): Promise<unknown> => {
        // With few rows left any plan will do.
        const plan =
          /^(SELECT|DELETE|UPDATE)/.test(sql) && !explained.some((one) => one.sql === sql)
            ? await runner.manager.query<Plan>(`EXPLAIN ${sql}`, parameters)
            : [];
        explained.push({ sql, plan });
        return runner.manager.query<unknown>(sql, parameters);
      },
    };
    await centre.database.query('ANALYZE TABLE tasks, runs, attempts, steps, logs, callbacks, callback_deliveries');
    for await (const { rows } of everything(manager as never, cutoffsOf(kept, inDays(60)))) expect(rows).toBeLessThanOrEqual(500);
    await runner.release();
    expect(explained.filter(({ sql }) => sql.startsWith('DELETE') && !/LIMIT \d+$/.test(sql))).toEqual([]);
    const large = ['tasks', 'runs', 'attempts', 'steps', 'logs', 'callbacks', 'callback_deliveries'];
    const scans = explained.flatMap(({ sql, plan }) =>
      plan.filter(({ table, key, type }) => large.includes(table) && (key === null || type === 'ALL')).map(() => sql),
    );
    expect([...new Set(scans)]).toEqual([]);
    expect(new Set(explained.flatMap(({ plan }) => plan.map(({ table }) => table)).filter((table) => large.includes(table))).size).toBe(
      large.length,
    );
  }, 30_000);

  it('is the work of one replica at a time, and ends when its replica does', async () => {
    const second = await centre.start();
    await seed({ zone: newId('zone'), agent: newId('agent'), day: 901, now: new Date(), finished: 2_000 });
    const passes = await Promise.all(centre.replicas.map((replica) => replica.get(RetentionService).forget(inDays(60))));
    expect(passes.filter((gone) => gone === undefined)).toHaveLength(1);
    expect(passes.find((gone) => gone !== undefined)).toMatchObject({ tasks: 2_000, runs: 2_000, logs: 2_000 });
    await seed({ zone: newId('zone'), agent: newId('agent'), day: 902, now: new Date(), finished: 5_000 });
    const cut = second.get(RetentionService).forget(inDays(60));
    await second.get(RetentionService).onModuleDestroy();
    expect((await cut)?.['tasks'] ?? 0).toBeLessThan(5_000);
    expect((await forget(inDays(60)))['tasks'] ?? 0).toBeGreaterThan(0);
  }, 60_000);
});
