import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@klevr/testing/eventually';
import { TaskManagers } from '../task-manager.fixture.js';
import { keptDays, RetentionStore } from './retention.store.js';

describe('what is kept', () => {
  let centre: TaskManagers;
  beforeAll(async () => {
    centre = await TaskManagers.open();
  }, 60_000);
  afterAll(() => centre.close(), 30_000);

  it('does not hold finished tasks for ever, nor anything of them, and keeps open ones', async () => {
    const agent = await centre.agent();
    const made = async (): Promise<{ taskId: string; runId: string }> => {
      const task = await centre.noop(agent.zoneId, { agent: agent.agentId }, { callbacks: [{ url: 'http://127.0.0.1:9/' }] });
      const { id } = await centre.onlyRun(task.id);
      await agent.commands(id);
      return { taskId: task.id, runId: id };
    };
    const [old, open] = [await made(), await made()];
    await agent.logs({ runId: old.runId, attempt: 1, phase: 'step', index: 0, try: 1, stream: 'stdout', offset: 0, data: 'YQ==' });
    await agent.succeed(old.runId);
    const later = new Date(Date.now() + (keptDays.finishedTasks + 1) * 86_400_000);
    const [replica] = centre.replicas;
    await eventually('nothing left', 5_000, async () =>
      (await replica?.get(RetentionStore).forgetOld(later)) === false ? true : undefined,
    );
    await expect(centre.rpc('getTask', { id: old.taskId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (const table of ['runs', 'steps', 'logs', 'callbacks', 'callback_deliveries']) {
      const column = ['steps', 'logs'].includes(table) ? 'run_id' : 'task_id';
      const sql = `SELECT 1 FROM ${table} WHERE ${column} IN (?)`;
      expect([table, await centre.database.query<unknown[]>(sql, [[old.taskId, old.runId]])]).toEqual([table, []]);
    }
    expect((await centre.onlyRun(open.taskId)).status).toBe('dispatched');
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
    const forget = (days: number): Promise<unknown> | undefined =>
      centre.replicas[0]?.get(RetentionStore).forgetOld(new Date(Date.now() + days * 86_400_000));
    await forget(keptDays.gone - 1);
    expect(await left()).toEqual([gone.zoneId, gone.agentId, there.zoneId, there.agentId].sort());
    await forget(keptDays.gone + 1);
    expect(await left()).toEqual([there.zoneId, there.agentId].sort());
  });
});
