import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { RetentionStore } from './resources/retention.store.js';
import { change, planOf, seen, type FakeWorker } from './fake-worker.fixture.js';
import { actor, code, Provisioners } from './provisioner.fixture.js';

describe('a resource', () => {
  let bed: Provisioners;
  const zoneId = newId('zone');
  let worker: FakeWorker;

  beforeAll(async () => {
    bed = await Provisioners.open(2);
    worker = await bed.worker(zoneId);
  }, 60_000);
  afterAll(() => bed.close());

  it('lives from its making over plan, apply, change, rollback and destroy to its deletion', async () => {
    const created = await bed.create(zoneId, { name: 'life', parameters: { size: 2 } });
    expect(created).toMatchObject({ status: 'new', revision: 1, appliedRevision: null, operation: null, parameters: { size: 2 } });
    const { id } = created;
    const plan = await bed.rpc('planResource', { actor, id });
    const { runId, attempt } = await bed.tasks.give(plan.id, worker.agentId);
    const made = planOf(change('thing/web'));
    await worker.ask('result', { operationId: plan.id, runId, attempt, ok: true, message: null, plan: made, observation: null });
    expect(await bed.rpc('getOperation', { id: plan.id })).toMatchObject({ status: 'succeeded', plan: made, workerId: worker.agentId });
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'new' });

    const apply = await bed.apply(id, { plan: plan.id });
    await bed.carryOut(apply.id, worker, seen({ outputs: { url: 'http://web', password: 'hidden' } }));
    const asked = bed.tasks.asked.find(({ step }) => step.operationId === apply.id);
    expect(asked).toMatchObject({
      ...{ target: { worker: { driver: 'pretend', engine: null } }, credentials: ['key'], name: 'apply life' },
      step: { planDigest: made.digest, parameters: { size: 2 }, recipe: { digest: 'digest 1.0.0', bytes: 100 } },
    });
    const ready = await bed.rpc('getResource', { id });
    expect(ready).toMatchObject({ status: 'ready', appliedRevision: 1, operation: null, outputs: { url: 'http://web', password: '***' } });
    expect(ready.placement).toEqual({ engine: 'engine-1', workerId: worker.agentId });
    const secrets = await bed.database.query<{ box: string }[]>('SELECT box FROM resource_secrets WHERE resource_id = ?', [id]);
    expect(secrets.map(({ box }) => box.startsWith('kb1.'))).toEqual([true]);

    const changes = { recipe: { name: 'web', version: '2.0.0' }, parameters: { size: 3 } };
    expect(await code(bed.rpc('updateResource', { actor, id, changes, ifRevision: 7 }))).toBe('PRECONDITION_FAILED');
    expect(await bed.rpc('updateResource', { actor, id, changes, ifRevision: 1 })).toMatchObject({
      revision: 2,
      appliedRevision: 1,
      status: 'ready',
    });
    await bed.carryOut((await bed.apply(id)).id, worker);
    const rollback = await bed.rpc('rollbackResource', { actor, id, rollback: {} });
    expect(rollback).toMatchObject({ action: 'apply', cause: 'rollback', revision: 3 });
    await bed.carryOut(rollback.id, worker);
    const back = await bed.rpc('getResource', { id });
    expect(back).toMatchObject({ revision: 3, appliedRevision: 3, parameters: { size: 2 }, recipe: { version: '1.0.0' } });
    const { items: history } = await bed.rpc('listRevisions', { id, limit: 2 });
    expect(history.map(({ revision, appliedAt }) => [revision, appliedAt !== null])).toEqual([
      [3, true],
      [2, true],
    ]);

    expect(await code(bed.rpc('deleteResource', { actor, id }))).toBe('WRONG_STATE');
    const destroy = await bed.rpc('destroyResource', { actor, id, destroy: { deleteData: true } });
    await bed.carryOut(destroy.id, worker, seen({ parts: [] }));
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'destroyed', appliedRevision: null, observed: null, outputs: {} });
    const { items } = await bed.rpc('listOperations', { resourceId: id });
    expect(items.map(({ action, cause, status }) => `${action} ${cause} ${status}`)).toEqual([
      ...['destroy user succeeded', 'apply rollback succeeded', 'apply user succeeded', 'apply user succeeded', 'plan user succeeded'],
    ]);
    await bed.rpc('deleteResource', { actor, id });
    expect(await code(bed.rpc('getResource', { id }))).toBe('NOT_FOUND');
    await bed.told('resource.deleted', id);
    const statuses = (await bed.told('resource.status', id)).map(({ data }) => data['status']);
    expect(statuses).toEqual(['applying', 'ready', 'applying', 'ready', 'applying', 'ready', 'destroying', 'destroyed']);
  });

  it('is refused with every fault at once, and with a name that is taken', async () => {
    const faults = await bed.create(zoneId, { parameters: { size: 'x', count: 'y' } }).catch((error: AppError) => error.errors);
    expect(faults).toEqual(['size', 'count'].map((name) => ({ path: `parameters.${name}`, message: 'must be a number' })));
    const unknown = await bed.create(zoneId, { recipe: { name: 'web', version: '9.9.9' } }).catch((error: AppError) => error.errors);
    expect(unknown).toMatchObject([{ path: 'recipe.version' }]);
    await bed.create(zoneId, { name: 'taken' });
    expect(await code(bed.create(zoneId, { name: 'taken' }))).toBe('CONFLICT');
    expect(await code(bed.create(newId('zone'), { name: 'taken' }))).toBe('answered');
  });

  it('is made once by one Idempotency-Key, and its lists keep their order and their scope', async () => {
    const zone = newId('zone');
    const [first, again] = [
      await bed.create(zone, { name: 'once', apply: true }, 'key-1'),
      await bed.create(zone, { name: 'once', apply: true }, 'key-1'),
    ];
    expect(again).toEqual(first);
    expect(first.operation).toMatchObject({ action: 'apply', status: 'queued' });
    const second = await bed.create(zone);
    const page = await bed.rpc('listResources', { zone, limit: 1 });
    expect(page.items.map(({ id }) => id)).toEqual([first.id]);
    const rest = await bed.rpc('listResources', { zone, limit: 1, cursor: page.nextCursor ?? '' });
    expect(rest).toMatchObject({ items: [{ id: second.id }], nextCursor: null });
    expect((await bed.rpc('listResources', { scope: [newId('zone')] })).items).toEqual([]);
    expect((await bed.rpc('listResources', { scope: [zone], status: 'ready' })).items).toEqual([]);
    expect(await code(bed.rpc('listResources', { cursor: 'of mine' }))).toBe('BAD_REQUEST');
  });

  it('has one apply or destroy at a time, and names it to the second; a canceled one is canceled at its task', async () => {
    const { id } = await bed.create(zoneId);
    const atOnce = await Promise.allSettled(Array.from({ length: 6 }, () => bed.apply(id)));
    const [apply, ...more] = atOnce.flatMap((of) => (of.status === 'fulfilled' ? [of.value] : []));
    if (apply === undefined) throw new Error('none was accepted');
    expect(more).toEqual([]);
    await expect(bed.apply(id)).rejects.toMatchObject({ code: 'WRONG_STATE', message: expect.stringContaining(apply.id) as unknown });
    expect(await code(bed.rpc('destroyResource', { actor, id, destroy: {} }))).toBe('WRONG_STATE');
    const { taskId, runId, attempt } = await bed.tasks.give(apply.id, worker.agentId);
    await worker.ask('progress', { operationId: apply.id, runId, attempt, seq: 1, plan: planOf(change('a'), change('b')), steps: [] });
    await bed.operation(apply.id, 'with its task', (of) => of.taskId === taskId);
    await bed.rpc('cancelOperation', { actor, id: apply.id });
    expect(bed.tasks.canceled).toContain(taskId);
    expect(await worker.ask('progress', { operationId: apply.id, runId, attempt, seq: 2, plan: null, steps: [] })).toEqual({ stop: true });
    await bed.tasks.end(apply.id, 'canceled', { code: 'CANCELED_BY_USER', message: 'canceled' });
    await bed.operation(apply.id, 'canceled', ({ status }) => status === 'canceled');
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'failed', operation: null, reason: { code: 'CANCELED_BY_USER' } });
    expect(await code(bed.rpc('cancelOperation', { actor, id: apply.id }))).toBe('WRONG_STATE');
  });

  it('gets its task although the task-manager was away, or this service went down in between, and gets one only', async () => {
    bed.tasks.deafen();
    const { id } = await bed.create(zoneId);
    const apply = await bed.apply(id);
    await bed.operation(apply.id, 'that waits', ({ reason }) => reason?.code === 'TASK_MANAGER_AWAY');
    bed.tasks.listen();
    const task = await bed.tasks.taskOf(apply.id);
    await bed.operation(apply.id, 'with its task', ({ taskId }) => taskId === task.id);
    // As if the answer had never been stored.
    await bed.database.query('UPDATE operations SET task_id = NULL, task_due_at = UTC_TIMESTAMP(3) WHERE id = ?', [apply.id]);
    bed.sweep();
    await bed.operation(apply.id, 'with the same task', ({ taskId }) => taskId === task.id);
    expect(bed.tasks.asked.filter(({ step }) => step.operationId === apply.id).length).toBeGreaterThan(1);
  });

  it('has an operation that failed at once where its task is refused', async () => {
    const { id } = await bed.create(zoneId);
    bed.tasks.onCreate = () => {
      bed.tasks.onCreate = () => undefined;
      throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [{ path: 'credentials.0', message: 'is not known' }] });
    };
    const apply = await bed.apply(id);
    const ended = await bed.operation(apply.id, 'failed', ({ status }) => status === 'failed');
    expect(ended.reason).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('credentials.0: is not known') as unknown });
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'new', operation: null });
  });

  it('ends an operation whose worker never told a result with the end of its task', async () => {
    const { id } = await bed.create(zoneId);
    const apply = await bed.apply(id);
    const { runId, attempt } = await bed.tasks.give(apply.id, worker.agentId);
    await worker.ask('progress', { operationId: apply.id, runId, attempt, seq: 1, plan: planOf(change('a')), steps: [] });
    await bed.operation(apply.id, 'with its task', ({ taskId }) => taskId !== null);
    await bed.tasks.end(apply.id, 'lost', { code: 'AGENT_LOST', message: 'the agent is lost' });
    const ended = await bed.operation(apply.id, 'lost', ({ status }) => status === 'lost');
    expect(ended.reason).toEqual({ code: 'AGENT_LOST', message: 'the agent is lost; 0 of 1 changes were done' });
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'failed', operation: null });
  });

  it('has a history that is bounded by age and by number, and keeps what is open or stands', async () => {
    const { id } = await bed.applied(worker);
    const plans = [await bed.rpc('planResource', { actor, id }), await bed.rpc('planResource', { actor, id })];
    for (const { id: operationId } of plans) {
      const { runId, attempt } = await bed.tasks.give(operationId, worker.agentId);
      await worker.ask('result', { operationId, runId, attempt, ok: true, message: null, plan: planOf(), observation: null });
    }
    const open = await bed.apply(id);
    const left = async () => (await bed.rpc('listOperations', { resourceId: id })).items.map(({ id: operationId }) => operationId);
    const store = bed.part(RetentionStore);
    const forget = async (before: Date, most: number): Promise<void> => {
      for await (const rows of store.everything(before, most)) expect(rows).toBeLessThanOrEqual(1_000);
    };
    expect(await left()).toHaveLength(4);
    await forget(new Date(0), 2);
    expect(await left()).toEqual([open.id, plans[1]?.id]);
    await forget(new Date(Date.now() + 60_000), 200);
    expect(await left()).toEqual([open.id]);
    expect((await bed.rpc('listRevisions', { id })).items).toHaveLength(1);
  });

  it('goes with its zone', async () => {
    const zone = newId('zone');
    const inZone = await bed.worker(zone);
    const { id } = await bed.create(zone);
    expect(await bed.rpc('zoneClosing', { zoneId: zone, close: false, reason: 'test' })).toEqual({ resources: 0 });
    await bed.carryOut((await bed.apply(id)).id, inZone);
    expect(await bed.rpc('zoneClosing', { zoneId: zone, close: true, reason: 'test' })).toEqual({ resources: 1 });
    expect(await code(bed.rpc('getResource', { id }))).toBe('NOT_FOUND');
  });
});
