import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { Bus } from '@klevr/messaging/bus';
import { eventually } from '@klevr/testing/eventually';
import { finished, zoneNameOf } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';
import { FakeWorker, operate, provisionStepOf, stepOf } from './fake-worker.fixture.js';

const docker = { driver: 'docker', engine: null } as const;
const patience = 20_000;

describe('operations on resources', () => {
  let centre: TaskManagers;
  let provisioner: Bus;
  beforeAll(async () => {
    centre = await TaskManagers.open(2);
    provisioner = await centre.bed.serviceBus('provisioner');
    centre.resolve = (zone) => {
      if (!zone.startsWith('zone_')) throw new AppError('NOT_FOUND', 'There is no such zone');
      return { zoneId: zone, zoneName: zoneNameOf(zone), maxConcurrentRuns: 100, agents: [] };
    };
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const commandOf = async (worker: FakeWorker, taskId: string) =>
    (await worker.commands((await centre.onlyRun(taskId)).id, 1, patience))[0]?.command;
  const waitsWith = (taskId: string, code: string) => centre.run(taskId, code, (run) => run.reason?.code === code, patience);

  it('are one task each, however often they are asked for, which a worker that has the engine carries out with its credentials', async () => {
    const zoneId = newId('zone');
    const other = await FakeWorker.join(centre, zoneId, [{ driver: 'docker', engine: 'kd:1' }]);
    const worker = await FakeWorker.join(centre, zoneId, [{ driver: 'docker', engine: 'kd 2' }]);
    await centre.rpc('createCredential', {
      ...{ actor: { userId: 'usr_test', username: 'tester' }, zone: zoneId, credential: { name: 'REGISTRY', value: 's3cret' } },
    });
    const [step, engine] = [stepOf(), 'kd 2'];
    const asked = () => operate(provisioner, { zoneId, engine, step, credentials: ['REGISTRY'] });
    const [task, ...others] = await Promise.all([asked(), asked(), asked()]);
    expect(others.map(({ id }) => id)).toEqual([task.id, task.id]);
    const command = await commandOf(worker, task.id);
    expect(provisionStepOf(command as object)).toEqual(step);
    expect(command).toMatchObject({ agentId: worker.agentId, credentials: [{ name: 'REGISTRY' }], aloneSeconds: expect.any(Number) });
    expect(other.claims).toEqual([]);
    expect(await centre.rpc('getTask', { id: task.id })).toMatchObject({
      ...{ target: { worker: { driver: 'docker', engine } }, execution: 'atLeastOnce', concurrencyKey: `resource:${step.resource.id}` },
      ...{ retryPolicy: { on: ['lost'] }, timeoutSeconds: 600, createdBy: 'tester' },
    });
    const { items } = await centre.rpc('listTasks', { zone: zoneId, limit: 10 });
    expect(items.map(({ id }) => id)).toEqual([task.id]);
    await worker.succeed((await centre.onlyRun(task.id)).id);
    await centre.runWithStatus(task.id, 'succeeded');
    expect((await asked()).id).toBe(task.id);
    const actor = { userId: 'usr_test', username: 'tester' };
    await expect(centre.rpc('retryTask', { actor, id: task.id, retry: {} })).rejects.toMatchObject({ code: 'WRONG_STATE' });
  });

  it('are refused with every fault where their zone or a credential is not known', async () => {
    const refused = operate(provisioner, { zoneId: newId('zone'), credentials: ['NOT_THERE'] });
    await expect(refused).rejects.toMatchObject({ code: 'BAD_REQUEST', errors: [{ path: 'credentials.0' }] });
  });

  it('wait, with the reason, until a worker says hello; agents of the zone neither hear of them nor wake them', async () => {
    const agent = await centre.agent();
    const { zoneId } = agent;
    const task = await operate(provisioner, { zoneId });
    const nobody = 'no worker of the zone takes docker operations now';
    const waiting = await centre.run(task.id, 'asked for', ({ reason }) => reason?.message === nobody, patience);
    expect(waiting.reason?.code).toBe('NO_WORKER');
    await agent.hello();
    expect((await centre.onlyRun(task.id)).reason).toEqual(waiting.reason);
    // Without the time at which it would be asked for again in any case.
    await centre.database.query('UPDATE runs SET wake_at = NULL WHERE id = ?', [waiting.id]);
    const worker = await FakeWorker.join(centre, zoneId, [docker]);
    expect(await commandOf(worker, task.id)).toMatchObject({ verb: 'run', attempt: 1 });
    expect(agent.received).toEqual([]);
  });

  it('go to nobody by an answer in the name of an agent, of an unknown one, of an old session, or of who is drained', async () => {
    const zoneId = newId('zone');
    const agent = await centre.agent(zoneId);
    const worker = await FakeWorker.join(centre, zoneId, [docker]);
    const tell = async (answers: FakeWorker['answers']): Promise<void> => {
      worker.answers = answers;
      const task = await operate(provisioner, { zoneId });
      await waitsWith(task.id, 'NO_WORKER');
      await eventually('the answer', patience, () => (worker.claims.length >= 3 ? true : undefined));
      expect((await centre.onlyRun(task.id)).agentId).toBeNull();
      await centre.cancel(task.id);
      worker.claims.length = 0;
    };
    await tell({ agentId: agent.agentId, session: agent.session });
    await tell({ agentId: newId('agent') });
    await tell({ session: newId('session') });
    await centre.hostEvent('host.drained', worker);
    await eventually('the drain', patience, async () => {
      const sql = 'SELECT 1 FROM agent_state WHERE agent_id = ? AND drained = 1';
      return (await centre.database.query<unknown[]>(sql, [worker.agentId])).length === 1 ? true : undefined;
    });
    await tell({});
    const task = await operate(provisioner, { zoneId });
    await waitsWith(task.id, 'NO_WORKER');
    await centre.hostEvent('host.undrained', worker);
    expect(await commandOf(worker, task.id)).toMatchObject({ agentId: worker.agentId });
    expect(agent.received).toEqual([]);
  });

  it('on one resource go one after the other', async () => {
    const worker = await FakeWorker.join(centre, newId('zone'), [docker]);
    const [{ zoneId }, step] = [worker, stepOf()];
    const first = await operate(provisioner, { zoneId, step });
    await commandOf(worker, first.id);
    const second = await operate(provisioner, { zoneId, step: stepOf({ resource: step.resource, action: 'destroy' }) });
    await waitsWith(second.id, 'CONCURRENCY_KEY');
    await worker.succeed((await centre.onlyRun(first.id)).id);
    expect(await commandOf(worker, second.id)).toMatchObject({ attempt: 1 });
  });

  it('that one worker has begun and lost are taken up by another', async () => {
    const zoneId = newId('zone');
    const first = await FakeWorker.join(centre, zoneId, [docker]);
    const task = await operate(provisioner, { zoneId });
    await commandOf(first, task.id);
    const { id: runId } = await centre.onlyRun(task.id);
    first.leave();
    const second = await FakeWorker.join(centre, zoneId, [docker]);
    const crashed = { code: 'AGENT_CRASHED', message: 'its process was killed' };
    await first.facts(
      { kind: 'accepted', runId, attempt: 1 },
      { kind: 'started', runId, attempt: 1 },
      { runId, attempt: 1, ...finished('lost', { reason: crashed, exitCode: null }) },
    );
    expect(await commandOf(second, task.id)).toMatchObject({ attempt: 2, agentId: second.agentId });
    await second.succeed(runId, 2);
    expect(await centre.runWithStatus(task.id, 'succeeded')).toMatchObject({ attempts: [{ outcome: 'lost' }, { outcome: 'succeeded' }] });
  });

  it('that were bound to a worker that goes before it has them go to another, or wait for one', async () => {
    const zoneId = newId('zone');
    const worker = await FakeWorker.join(centre, zoneId, [docker]);
    await centre.database.query('UPDATE zone_dispatch SET max_runs_per_agent = 1 WHERE zone_id = ?', [zoneId]);
    const [running, waiting] = [await operate(provisioner, { zoneId }), await operate(provisioner, { zoneId })];
    await commandOf(worker, running.id);
    await waitsWith(waiting.id, 'HOST_BUSY');
    worker.leave();
    await centre.hostEvent('host.suspect', worker);
    const other = await FakeWorker.join(centre, zoneId, [docker]);
    expect(await commandOf(other, waiting.id)).toMatchObject({ attempt: 1, agentId: other.agentId });
  });

  it('are all that workers get: as the target of another task there is no such agent', async () => {
    const zoneId = newId('zone');
    const worker = await FakeWorker.join(centre, zoneId, [docker]);
    await expect(centre.noop(zoneId, { agent: worker.agentId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(worker.received).toEqual([]);
  });
});
