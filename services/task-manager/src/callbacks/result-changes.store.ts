import type { EntityManager } from 'typeorm';
import type { TaskEnd } from '../runs/run-events.js';

/** Among so many tasks of its name, counted from the newest, the one that ended before is looked for. */
const lookedBack = 100;

interface Result {
  agentId: string | null;
  state: string;
  output: string | null;
}

/**
 * Whether a task's result differs from that of the task of the same name in the zone that ended before it; it does where there was none.
 * The result is how its runs ended and what they wrote as output, host by host where there are several. Asked in the transaction that ends the task.
 */
export const findChangedResults = async (manager: EntityManager, tasks: readonly TaskEnd[]): Promise<ReadonlySet<string>> => {
  const changed = new Set<string>();
  for (const task of tasks) {
    const before = await endedBefore(manager, task);
    if (before === undefined || (await resultOf(manager, before)) !== (await resultOf(manager, task.id))) changed.add(task.id);
  }
  return changed;
};

const endedBefore = async (manager: EntityManager, { id, zoneId, name }: TaskEnd): Promise<string | undefined> => {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM (
       SELECT id, finished_at FROM tasks WHERE zone_id = ? AND name = ? AND finished_at IS NOT NULL AND id <> ? ORDER BY id DESC LIMIT ?
     ) latest
     WHERE (finished_at, id) < (SELECT finished_at, id FROM tasks WHERE id = ?) ORDER BY finished_at DESC, id DESC LIMIT 1`,
    [zoneId, name, id, lookedBack, id],
  );
  return rows[0]?.id;
};

const resultOf = async (manager: EntityManager, taskId: string): Promise<string> => {
  const runs = await manager.query<Result[]>(
    'SELECT agent_id agentId, state, SHA2(output, 256) output FROM runs WHERE task_id = ? ORDER BY agent_id, id',
    [taskId],
  );
  // One run may go to another host each time, which is no other result.
  const hosts = runs.length > 1;
  return JSON.stringify(runs.map(({ agentId, state, output }) => [hosts ? agentId : null, state, output]));
};
