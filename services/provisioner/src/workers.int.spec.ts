import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { BoxRotation } from '@klevr/persistence/box-rotation';
import { SecretBox } from '@klevr/platform/secret-box';
import { boxColumns } from './box-columns.js';
import { change, planOf, seen, type FakeWorker } from './fake-worker.fixture.js';
import { actor, code, Provisioners } from './provisioner.fixture.js';

describe('a worker of a resource', () => {
  let bed: Provisioners;
  const zoneId = newId('zone');
  let worker: FakeWorker;
  let other: FakeWorker;

  beforeAll(async () => {
    bed = await Provisioners.open(2);
    [worker, other] = [await bed.worker(zoneId), await bed.worker(zoneId)];
  }, 60_000);
  afterAll(() => bed.close());

  it('is spoken for by the worker of its run alone, and by its latest attempt', async () => {
    const { id } = await bed.create(zoneId);
    const { id: operationId } = await bed.apply(id);
    const first = await bed.tasks.give(operationId, worker.agentId);
    await bed.operation(operationId, 'with its task', ({ taskId }) => taskId !== null);
    const of = ({ runId, attempt }: { runId: string; attempt: number }) => ({ operationId, runId, attempt });
    const progress = { plan: planOf(change('a'), change('b')), steps: [] };
    expect(await code(other.ask('progress', { ...of(first), seq: 1, ...progress }))).toBe('FORBIDDEN');
    const stranger = await bed.worker(newId('zone'));
    expect(await code(stranger.ask('result', { ...of(first), ok: true, message: null, plan: null, observation: seen() }))).toBe(
      'FORBIDDEN',
    );
    const done = [{ index: 0, state: 'done' as const, message: null, atMs: 1_000 }];
    await worker.ask('progress', { ...of(first), seq: 2, ...progress, steps: done });
    await worker.ask('progress', { ...of(first), seq: 1, plan: null, steps: [{ ...done[0], index: 1 }] as typeof done });
    const second = await bed.tasks.give(operationId, other.agentId);
    const engine = { driver: 'pretend' as const, id: 'engine-7', version: '1', description: '' };
    await other.ask('progress', { ...of(second), seq: 0, engine, plan: planOf(change('a', 'none'), change('b')), steps: [] });
    expect(await worker.ask('progress', { ...of(first), seq: 3, plan: null, steps: [] })).toEqual({ stop: true });
    await worker.ask('result', { ...of(first), ok: true, message: null, plan: null, observation: seen() });
    const failed = [{ index: 1, state: 'failed' as const, message: 'no room', atMs: 2_000 }];
    await other.ask('progress', { ...of(second), seq: 1, plan: null, steps: failed });
    await other.ask('result', { ...of(second), ok: false, message: 'no room', plan: null, observation: null });
    const ended = await bed.rpc('getOperation', { id: operationId });
    expect(ended).toMatchObject({ status: 'failed', workerId: other.agentId, reason: { code: 'APPLY_FAILED' } });
    expect(ended.reason?.message).toBe('b (create): no room; 1 of 2 changes were done');
    expect(ended.steps.map(({ part, state }) => `${part} ${state}`)).toEqual(['a done', 'b failed']);
    const placement = { engine: 'engine-7', workerId: other.agentId };
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'failed', placement });
  });

  it('stays with the engine at which an attempt of its apply has begun', async () => {
    const { id } = await bed.create(zoneId);
    const { id: operationId } = await bed.apply(id);
    const at = (engineId: string) => ({ engine: { driver: 'pretend' as const, id: engineId, version: '1', description: '' } });
    const tell = async (by: typeof worker, engineId: string): Promise<{ stop: boolean }> => {
      const { runId, attempt } = await bed.tasks.give(operationId, by.agentId);
      return by.ask('progress', { operationId, runId, attempt, seq: 0, ...at(engineId), plan: planOf(change('a')), steps: [] });
    };
    expect(await tell(worker, 'engine-1')).toEqual({ stop: false });
    expect(await tell(other, 'engine-2')).toEqual({ stop: true });
    expect((await bed.rpc('getResource', { id })).placement).toEqual({ engine: 'engine-1', workerId: worker.agentId });
    expect(await tell(other, 'engine-1')).toEqual({ stop: false });
  });

  it('drifts by what its worker sees, is told of once, and heals', async () => {
    const { id } = await bed.applied(worker);
    const drift = [change('thing/web', 'update'), change('volume/data', 'keep')];
    const say = (observation: object, by = worker, revision = 1) =>
      by.ask('observed', { resourceId: id, revision, cause: 'event', observation: seen(observation) });
    expect(await say({ drift }, other)).toEqual({ known: false });
    expect(await say({ drift }, worker, 2)).toEqual({ known: true });
    expect((await bed.rpc('getResource', { id })).status).toBe('ready');
    expect(await say({ drift })).toEqual({ known: true });
    expect(await say({ drift: [...drift].reverse() })).toEqual({ known: true });
    const drifted = await bed.rpc('getResource', { id });
    expect(drifted).toMatchObject({ status: 'drifted', drift: { changes: [{ part: 'thing/web' }] } });
    const sick = { name: 'http', state: 'unhealthy' as const, message: '503', since: new Date().toISOString() };
    await say({ drift, health: [sick] });
    await say({ health: [{ ...sick, state: 'healthy' }] });
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'ready', drift: null, health: { state: 'healthy' } });
    await bed.told('resource.healed', id);
    expect((await bed.told('resource.health', id, 2)).map(({ data }) => data['state'])).toEqual(['unhealthy', 'healthy']);
    expect(bed.events.filter(({ type, subjectId }) => type === 'resource.drifted' && subjectId === id)).toHaveLength(1);
    expect(await say({ observedAtMs: 1, drift })).toEqual({ known: true });
    expect((await bed.rpc('getResource', { id })).status).toBe('ready');
  });

  it('mends itself where its owner wants that, and not again at once', async () => {
    const { id } = await bed.applied(worker);
    const say = () =>
      worker.ask('observed', { resourceId: id, revision: 1, cause: 'event', observation: seen({ drift: [change('thing/web')] }) });
    await say();
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'drifted', operation: null });
    const { operation: healing } = await bed.rpc('updateResource', { actor, id, changes: { selfHeal: true } });
    expect(healing).toMatchObject({ action: 'apply' });
    await bed.carryOut(healing?.id ?? '', worker);
    expect(await bed.rpc('getOperation', { id: healing?.id ?? '' })).toMatchObject({ cause: 'selfHeal', status: 'succeeded', revision: 1 });
    await say();
    expect(await bed.rpc('getResource', { id })).toMatchObject({ status: 'drifted', operation: null });
    const past = new Date(Date.now() - 1_000);
    await bed.database.query('UPDATE resources SET heal_at = ?, heal_not_before = ? WHERE id = ? AND heal_at IS NOT NULL', [
      past,
      past,
      id,
    ]);
    bed.sweep();
    const again = await bed.resource(id, 'that is mended again', ({ operation }) => operation !== null);
    expect(again.operation?.id).not.toBe(healing?.id);
    await bed.carryOut(again.operation?.id ?? '', worker);
    const [row] = await bed.database.query<{ tries: number }[]>('SELECT heal_tries tries FROM resources WHERE id = ?', [id]);
    expect(row?.tries).toBe(2);
  });

  it('is unknown once nobody looks at it, and another worker on the same engine takes it', async () => {
    const [unseen, left] = [await bed.applied(worker), await bed.applied(other)];
    await bed.database.query('UPDATE resources SET observe_by = ? WHERE id = ?', [new Date(Date.now() - 1), unseen.id]);
    bed.sweep();
    const lost = await bed.resource(unseen.id, 'unknown', ({ status }) => status === 'unknown');
    expect(lost).toMatchObject({ reason: { code: 'NOT_OBSERVED' }, operation: { action: 'refresh' } });
    await bed.hostEvent('host.removed', zoneId, other.agentId);
    const gone = await bed.resource(left.id, 'unknown', ({ status }) => status === 'unknown');
    expect(gone).toMatchObject({ reason: { code: 'WORKER_GONE' }, placement: { workerId: null, engine: 'engine-1' } });
    await bed.carryOut(gone.operation?.id ?? '', worker);
    expect(await bed.rpc('getResource', { id: left.id })).toMatchObject({ status: 'ready', placement: { workerId: worker.agentId } });
    const observation = seen({ engine: { driver: 'pretend', id: 'elsewhere', version: '1', description: '' } });
    expect(await other.ask('observed', { resourceId: unseen.id, revision: 1, cause: 'start', observation })).toEqual({ known: false });
    expect(await worker.ask('observed', { resourceId: unseen.id, revision: 1, cause: 'start', observation: seen() })).toEqual({
      known: true,
    });
    expect((await bed.rpc('getResource', { id: unseen.id })).status).toBe('ready');
  });

  it('keeps its state sealed, whole, and with one holder', async () => {
    const { id } = await bed.create(zoneId);
    const apply = await bed.apply(id);
    const ids = { resourceId: id, revision: 1 };
    expect(await code(worker.ask('lockState', { ...ids, holder: 'a' }))).toBe('FORBIDDEN');
    await bed.tasks.give(apply.id, worker.agentId);
    await bed.operation(apply.id, 'with its task', ({ taskId }) => taskId !== null);
    expect(await worker.ask('lockState', { ...ids, holder: 'a' })).toEqual({ bytes: 0, digest: null });
    expect(await code(other.ask('lockState', { ...ids, holder: 'b' }))).toBe('FORBIDDEN');
    const { runId, attempt } = await bed.tasks.give(apply.id, other.agentId);
    expect(await other.ask('lockState', { ...ids, holder: 'c' })).toEqual({ bytes: 0, digest: null });
    await other.ask('progress', { operationId: apply.id, runId, attempt, seq: 1, plan: planOf(change('a')), steps: [] });
    expect(await code(other.ask('lockState', { ...ids, holder: 'd' }))).toBe('CONFLICT');
    expect(await code(worker.ask('unlockState', { ...ids, holder: 'a' }))).toBe('FORBIDDEN');
    await bed.tasks.give(apply.id, worker.agentId);
    await worker.ask('lockState', { ...ids, holder: 'a' });
    const state = randomBytes(300_000);
    const digest = createHash('sha256').update(state).digest('hex');
    const write = (offset: number, end: number, last: boolean, of: string | null = digest) =>
      worker.ask('writeState', { ...ids, holder: 'a', offset, data: state.subarray(offset, end).toString('base64'), last, digest: of });
    await write(0, 200_000, false);
    expect(await worker.ask('readState', { ...ids, offset: 0 })).toEqual({ data: '', bytes: 0 });
    expect(await code(write(250_000, 300_000, true))).toBe('CONFLICT');
    expect(await code(write(200_000, 300_000, true, 'f'.repeat(64)))).toBe('CONFLICT');
    await write(200_000, 300_000, true);
    const [one, two] = [await worker.ask('readState', { ...ids, offset: 0 }), await worker.ask('readState', { ...ids, offset: 200_000 })];
    expect(Buffer.concat([Buffer.from(one.data, 'base64'), Buffer.from(two.data, 'base64')]).equals(state)).toBe(true);
    expect(one.bytes).toBe(300_000);
    expect(await worker.ask('lockState', { ...ids, holder: 'a' })).toEqual({ bytes: 300_000, digest });
    await bed.carryOut(apply.id, worker);
    const next = await bed.apply(id);
    await bed.tasks.give(next.id, worker.agentId);
    await bed.operation(next.id, 'with its task', ({ taskId }) => taskId !== null);
    expect(await worker.ask('lockState', { ...ids, holder: 'b' })).toMatchObject({ bytes: 300_000 });
    await worker.ask('unlockState', { ...ids, holder: 'b' });
    const rotation = new BoxRotation(bed.database, bed.part(SecretBox));
    const rotated = [];
    for (const column of boxColumns) rotated.push(await rotation.rotate(column));
    expect(rotated.flatMap(({ locked }) => locked)).toEqual([]);
    expect(rotated.find(({ table }) => table === 'resource_state_pieces')?.looked).toBe(2);
  });
});
