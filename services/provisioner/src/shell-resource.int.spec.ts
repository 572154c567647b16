import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { eventually } from '@klevr/testing/eventually';
import { change } from './fake-worker.fixture.js';
import { actor, Provisioners } from './provisioner.fixture.js';

describe('a resource of scripts', () => {
  let bed: Provisioners;
  const [zoneId, agentId] = [newId('zone'), newId('agent')];

  beforeAll(async () => {
    bed = await Provisioners.open(2);
    bed.scheduler.subscribe(schedulerRpc.getAgent.subscription, (message) => {
      bed.scheduler.respond(message.reply ?? '', { ok: false, error: new AppError('NOT_FOUND', 'no agent').toBody() });
    });
  }, 60_000);
  afterAll(() => bed.close());

  const ended = (id: string) => bed.operation(id, 'that has ended', ({ finishedAt }) => finishedAt !== null);
  const openRefresh = (id: string): Promise<string> =>
    eventually('an open refresh', 15_000, async () => {
      const { items } = await bed.rpc('listOperations', { resourceId: id });
      return items.find(({ action, finishedAt }) => action === 'refresh' && finishedAt === null)?.id;
    });
  const parts = [{ part: 'unit/web', state: 'running', details: {} }];
  const good = { parts, outputs: { url: 'http://web' } };

  it('is planned, applied and looked at by tasks of one agent, drifts, is mended and destroyed', async () => {
    const { id } = await bed.create(zoneId, { recipe: { name: 'planned' }, parameters: { size: 4 } });
    const plan = await bed.rpc('planResource', { actor, id });
    await bed.tasks.endScript(plan.id, 'plan', agentId, { output: [change('unit/web')] });
    expect(await ended(plan.id)).toMatchObject({ status: 'succeeded', plan: { changes: [{ part: 'unit/web', action: 'create' }] } });

    const apply = await bed.apply(id, { plan: plan.id });
    const [waiting] = [await bed.rpc('planResource', { actor, id })];
    await bed.operation(waiting.id, 'in line', ({ reason }) => reason?.code === 'OPERATION_OPEN');
    const planning = await bed.tasks.endScript(apply.id, 'plan', agentId, { output: [change('unit/web')] });
    expect(planning.task).toMatchObject({ target: { any: 'role = web' }, steps: [{ run: 'echo plan' }] });
    expect(planning.task).not.toHaveProperty('execution');
    const { task } = await bed.tasks.endScript(apply.id, 'apply', agentId);
    expect(task).toMatchObject({
      ...{ target: { agent: agentId }, parameters: { action: 'apply', parameters: { size: 4 }, resource: { id } } },
      steps: [{ run: 'echo apply', env: { SIZE: '4', KLEVR_ACTION: 'apply' } }],
      credentials: [{ name: 'key', as: 'environment', variable: 'TOKEN' }],
    });
    expect(await ended(apply.id)).toMatchObject({ status: 'succeeded', workerId: agentId, steps: [{ part: 'unit/web', state: 'done' }] });
    const second = await bed.tasks.endScript(waiting.id, 'plan', agentId, { output: [change('unit/web', 'none')] });
    expect(second.task).toMatchObject({ target: { agent: agentId }, execution: 'atLeastOnce' });

    await bed.tasks.endScript(await openRefresh(id), 'status', agentId, { output: good });
    const ready = await bed.resource(id, 'seen', ({ observed }) => observed !== null);
    expect(ready).toMatchObject({ status: 'ready', appliedRevision: 1, observed: parts, outputs: { url: 'http://web' } });
    expect(ready.placement).toEqual({ engine: agentId, workerId: agentId });

    const nothing = await bed.apply(id);
    await bed.tasks.endScript(nothing.id, 'plan', agentId, { output: [change('unit/web', 'none')] });
    expect(await ended(nothing.id)).toMatchObject({ status: 'succeeded', steps: [{ state: 'skipped' }] });
    expect(bed.tasks.scripts.has(`${nothing.id} apply`)).toBe(false);

    await bed.rpc('updateResource', { actor, id, changes: { selfHeal: true } });
    await bed.database.query('UPDATE resources SET observe_by = ? WHERE id = ?', [new Date(Date.now() - 1), id]);
    bed.sweep();
    await bed.tasks.endScript(await openRefresh(id), 'status', agentId, { output: { ...good, drift: [change('unit/web', 'update')] } });
    const drifted = await bed.resource(id, 'being mended', ({ drift, operation }) => drift !== null && operation?.action === 'apply');
    expect(drifted).toMatchObject({ drift: { changes: [{ part: 'unit/web' }] } });
    const healing = drifted.operation?.id ?? '';
    await bed.tasks.endScript(healing, 'plan', agentId, { output: [change('unit/web', 'update')] });
    await bed.tasks.endScript(healing, 'apply', agentId, { output: good });
    expect(await ended(healing)).toMatchObject({ status: 'succeeded', cause: 'selfHeal' });
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'ready', drift: null });

    const destroy = await bed.rpc('destroyResource', { actor, id, destroy: { deleteData: true } });
    const last = await bed.tasks.endScript(destroy.id, 'destroy', agentId);
    expect(last.task).toMatchObject({ steps: [{ env: { KLEVR_DELETE_DATA: 'true' } }] });
    await ended(destroy.id);
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'destroyed', observed: null });
  }, 60_000);

  it('says with the last words of its script why it failed, and runs again where nothing tells what there is to do', async () => {
    const { id } = await bed.create(zoneId, { recipe: { name: 'unplanned' } });
    const first = await bed.apply(id);
    await bed.tasks.endScript(first.id, 'apply', agentId, { log: 'no space left on device\n' });
    const failed = await ended(first.id);
    expect(failed).toMatchObject({ status: 'failed', steps: [{ part: 'script', action: 'create', state: 'failed' }] });
    expect(failed.reason?.message).toContain('step apply exited with 3\nno space left on device');
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'failed' });
    const look = await openRefresh(id);
    await eventually('the task of the refresh', 15_000, () => bed.tasks.scripts.get(`${look} status`));
    const second = await bed.apply(id);
    await bed.operation(look, 'superseded', ({ reason }) => reason?.code === 'SUPERSEDED');
    await bed.tasks.endScript(second.id, 'apply', agentId, { output: { parts: 'none' } });
    expect((await ended(second.id)).reason?.message).toContain('is not understood: parts');
    const third = await bed.apply(id);
    await bed.tasks.endScript(third.id, 'apply', agentId, { output: good });
    await ended(third.id);
    const again = await bed.apply(id);
    expect(await ended(again.id)).toMatchObject({ status: 'succeeded', taskId: null, plan: { summary: { none: 1 } } });
  }, 60_000);
});
