import type { EntityManager } from 'typeorm';
import { resultOf, type RunOutput } from './fed-result.js';

/** The result of the newest task of the schedule (before this one) that has run and ended; null where there is none, or it has put out nothing. */
export const resultFed = async (manager: EntityManager, scheduleId: string, before?: string): Promise<string | null> => {
  const [last] = await manager.query<{ id: string }[]>(
    `SELECT t.id FROM tasks t WHERE t.schedule_id = ? ${before === undefined ? '' : 'AND t.id < ?'} AND t.finished_at IS NOT NULL
       AND EXISTS (SELECT 1 FROM runs r WHERE r.task_id = t.id AND r.started_at IS NOT NULL)
     ORDER BY t.id DESC LIMIT 1`,
    [scheduleId, ...(before === undefined ? [] : [before])],
  );
  if (last === undefined) return null;
  return resultOf(await manager.query<RunOutput[]>('SELECT agent_id agentId, output FROM runs WHERE task_id = ? ORDER BY id', [last.id]));
};
