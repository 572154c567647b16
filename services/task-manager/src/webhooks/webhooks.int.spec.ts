import type { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import type { Bus } from '@klevr/messaging/bus';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@klevr/testing/eventually';
import { Webhook as Verifier } from 'standardwebhooks';
import { Receiver, status } from '../callbacks/receiver.fixture.js';
import type { FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers } from '../task-manager.fixture.js';

const actor = { userId: 'usr_test', username: 'tester' };

describe('webhooks', () => {
  let centre: TaskManagers;
  let receiver: Receiver;
  let agent: FakeAgent;
  let provisioner: Bus;

  beforeAll(async () => {
    receiver = await Receiver.start();
    centre = await TaskManagers.open(2);
    agent = await centre.agent();
    provisioner = await centre.bed.serviceBus('provisioner');
  }, 60_000);
  afterAll(async () => {
    await centre.close();
    receiver.stop();
  }, 30_000);

  const subscribe = (path: string, webhook: object, idempotency?: { key: string; scope: string; digest: string }) =>
    centre.rpc('createWebhook', {
      actor,
      webhook: { url: `${receiver.origin}${path}`, ...webhook },
      ...(idempotency ? { idempotency } : {}),
    });
  const runOne = async (of = agent): Promise<{ taskId: string; runId: string }> => {
    const { id: taskId } = await centre.noop(of.zoneId, { agent: of.agentId });
    const { id: runId } = await centre.onlyRun(taskId);
    await of.commands(runId);
    await of.succeed(runId);
    return { taskId, runId };
  };
  const publish = async (type: Event['type'], zoneId: string, subjectId: string, id = newId('message')): Promise<Event> => {
    const event: Event = { id, time: new Date().toISOString(), type, zoneId, subjectId, data: { agentId: agent.agentId } };
    const [topic = ''] = type.split('.');
    const subject = subjects.event.build({ topic, zone: zoneId, id: subjectId });
    const from = topic === 'resource' ? provisioner : centre.scheduler;
    await new StreamPublisher(from).publish({ id: newId('message'), subject, schema: 'event', body: JSON.stringify(event) });
    return event;
  };
  const types = (path: string): string[] => receiver.bodies(path).map(({ type }) => type);
  /** What happens on both replicas after the answer is told. */
  const settled = (path: string, taskIds: string[]): Promise<string[]> =>
    eventually(`ends of ${taskIds.length} tasks at ${path}`, 15_000, () => {
      const ended = receiver.bodies(path).flatMap(({ type, data }) => (type === 'task.finished' && data.task ? [data.task.id] : []));
      return taskIds.every((id) => ended.includes(id)) ? ended : undefined;
    });

  it('are told of the tasks of all zones or of one, signed with the secret that was shown once', async () => {
    const all = await subscribe('/all-zones', { on: ['both-ends'] });
    const one = await subscribe('/one-zone', { zone: agent.zoneId, on: ['conclusion'] });
    expect(all).toMatchObject({ zoneId: null, enabled: true, revision: 1, createdBy: 'tester', events: [] });
    expect(one.zoneId).toBe(agent.zoneId);
    const elsewhere = await centre.agent();
    const [here, there] = [await runOne(), await runOne(elsewhere)];
    await settled('/all-zones', [here.taskId, there.taskId]);
    await settled('/one-zone', [here.taskId]);
    expect(types('/one-zone')).toEqual(['task.finished']);
    expect(types('/all-zones').sort()).toEqual(['task.finished', 'task.finished', 'task.started', 'task.started']);
    const [post] = receiver.at('/one-zone');
    expect(new Verifier(one.secret ?? '').verify(post?.text ?? '', post?.headers as Record<string, string>)).toMatchObject({
      type: 'task.finished',
    });
    expect(await centre.rpc('getWebhook', { id: one.id })).not.toHaveProperty('secret');
    for (const { id } of [all, one]) await centre.rpc('deleteWebhook', { actor, id });
  }, 30_000);

  it('are told of events that they name: those of tasks and runs, and what the scheduler tells, each once', async () => {
    const hook = await subscribe('/events', {
      events: ['task.*', 'run.status', 'host.lost', 'primary.*', 'schedule.missed', 'resource.drifted'],
      zone: agent.zoneId,
    });
    const { taskId } = await runOne();
    const lost = await publish('host.lost', agent.zoneId, newId('agent'));
    await publish('host.lost', agent.zoneId, lost.subjectId, lost.id);
    await publish('host.suspect', agent.zoneId, newId('agent'));
    await publish('host.lost', newId('zone'), newId('agent'));
    await publish('primary.ended', agent.zoneId, agent.zoneId);
    await publish('schedule.fired', agent.zoneId, newId('schedule'));
    await publish('resource.created', agent.zoneId, newId('resource'));
    await publish('resource.drifted', agent.zoneId, newId('resource'));
    // Those of one kind come in their order: when the last of each is told, nothing of it is on its way.
    await publish('schedule.missed', agent.zoneId, newId('schedule'));
    await publish('primary.appointed', agent.zoneId, agent.zoneId);
    const last = await publish('host.lost', agent.zoneId, newId('agent'));
    await eventually('the last events', 15_000, () => {
      const told = types('/events');
      if (!receiver.bodies('/events').some(({ data }) => data.event?.id === last.id)) return undefined;
      return ['primary.appointed', 'schedule.missed', 'task.status', 'resource.drifted'].every((type) => told.includes(type))
        ? true
        : undefined;
    });
    expect(types('/events').sort()).toEqual([
      ...['host.lost', 'host.lost', 'primary.appointed', 'primary.ended', 'resource.drifted'],
      ...['run.status', 'schedule.missed', 'task.created', 'task.status'],
    ]);
    const ofTask = receiver.bodies('/events').filter(({ type }) => type.startsWith('task.') || type.startsWith('run.'));
    expect(ofTask.map(({ type }) => type)).toEqual(['task.created', 'run.status', 'task.status']);
    expect(ofTask[0]?.data.event).toMatchObject({ type: 'task.created', subjectId: taskId });
    // It is stored a moment after the receiver has it.
    const delivered = await eventually('it is stored as delivered', 15_000, async () => {
      const { items } = await centre.rpc('listDeliveries', { webhookId: hook.id });
      return items.find(({ agentId, state }) => agentId === lost.subjectId && state === 'delivered');
    });
    expect(delivered).toMatchObject({ type: 'host.lost', taskId: null });
    await centre.rpc('deleteWebhook', { actor, id: hook.id });
  }, 30_000);

  it('hear nothing while they are not enabled, and get nothing of it later', async () => {
    const { id } = await subscribe('/switched', { on: ['conclusion'] });
    await centre.rpc('updateWebhook', { actor, id, changes: { enabled: false } });
    await runOne();
    await centre.rpc('updateWebhook', { actor, id, changes: { enabled: true } });
    const { taskId } = await runOne();
    expect(await settled('/switched', [taskId])).toEqual([taskId]);
    await centre.rpc('deleteWebhook', { actor, id });
  }, 20_000);

  it('end what waits for them when they are disabled, visibly; it can be sent again when they are enabled', async () => {
    receiver.answers.set('/ended', [status(500)]);
    const { id } = await subscribe('/ended', { on: ['conclusion'] });
    await runOne();
    await receiver.on('/ended', 1);
    await centre.rpc('updateWebhook', { actor, id, changes: { enabled: false } });
    const [failed] = await eventually('a failed one', 10_000, async () => {
      const { items } = await centre.rpc('listDeliveries', { webhookId: id, state: 'failed' });
      return items.length > 0 ? items : undefined;
    });
    expect(failed).toMatchObject({
      attempts: 2,
      tries: [{ status: 500 }, { status: null, error: expect.stringContaining('not enabled') }],
    });
    const again = { actor, id: failed?.id ?? '', webhookId: id };
    await expect(centre.rpc('redeliver', again)).rejects.toMatchObject({ code: 'WRONG_STATE' });
    await centre.rpc('updateWebhook', { actor, id, changes: { enabled: true } });
    expect(await centre.rpc('redeliver', again)).toMatchObject({ id: failed?.id, state: 'due' });
    const posts = await receiver.on('/ended', 2);
    expect(new Set(posts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await centre.rpc('deleteWebhook', { actor, id });
  }, 30_000);

  it('are sent to their new URL what waits for them', async () => {
    receiver.answers.set('/old', [status(500)]);
    const { id } = await subscribe('/old', { on: ['conclusion'] });
    const { taskId } = await runOne();
    await receiver.on('/old', 1);
    await eventually('the failed try', 10_000, async () => {
      const { items } = await centre.rpc('listDeliveries', { webhookId: id });
      return items[0]?.attempts === 1 ? true : undefined;
    });
    await centre.rpc('updateWebhook', { actor, id, changes: { url: `${receiver.origin}/new` } });
    expect(await settled('/new', [taskId])).toEqual([taskId]);
    await centre.rpc('deleteWebhook', { actor, id });
  }, 20_000);

  it('are changed only at the revision that was read, and never to hear nothing', async () => {
    const { id } = await subscribe('/revised', { on: ['conclusion'], description: 'first' });
    const changed = await centre.rpc('updateWebhook', { actor, id, changes: { description: 'second' }, ifRevision: 1 });
    expect(changed).toMatchObject({ description: 'second', revision: 2, on: ['conclusion'] });
    const stale = { actor, id, ifRevision: 1 };
    await expect(centre.rpc('updateWebhook', { ...stale, changes: { description: 'x' } })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    await expect(centre.rpc('deleteWebhook', stale)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    await expect(centre.rpc('updateWebhook', { actor, id, changes: { on: [] } })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      errors: [{ path: 'events' }],
    });
    expect((await centre.rpc('listWebhooks', {})).items.map((one) => one.id)).toContain(id);
    await centre.rpc('deleteWebhook', { actor, id, ifRevision: 2 });
    await expect(centre.rpc('getWebhook', { id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await centre.rpc('listWebhooks', {})).items.map((one) => one.id)).not.toContain(id);
  });

  it('are listed to those of their zone; those of all zones to whoever may see all', async () => {
    const [own, foreign] = [await centre.agent(), await centre.agent()];
    const ofOwn = await subscribe('/own', { on: ['conclusion'], zone: own.zoneId });
    const ofForeign = await subscribe('/foreign', { on: ['conclusion'], zone: foreign.zoneId });
    const ofAll = await subscribe('/all', { on: ['conclusion'] });
    const list = async (request: object) => (await centre.rpc('listWebhooks', { limit: 200, ...request })).items.map(({ id }) => id);
    expect(await list({})).toEqual(expect.arrayContaining([ofOwn.id, ofForeign.id, ofAll.id]));
    expect(await list({ scope: [own.zoneId] })).toEqual([ofOwn.id]);
    expect(await list({ scope: [own.zoneId, foreign.zoneId] })).toEqual([ofOwn.id, ofForeign.id]);
    expect(await list({ scope: [own.zoneId], zone: foreign.zoneId })).toEqual([]);
    expect(await list({ scope: [] })).toEqual([]);
  });

  it('are made once an Idempotency-Key, and their secret is not shown again', async () => {
    const idempotency = { key: newId('message'), scope: 'webhooks', digest: 'd' };
    const { id, secret } = await subscribe('/key', { on: ['conclusion'] }, idempotency);
    expect(secret).toMatch(/^whsec_/);
    await expect(subscribe('/key', { on: ['conclusion'] }, idempotency)).rejects.toMatchObject({ code: 'SECRET_SHOWN_ONCE' });
    const given = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const own = await subscribe('/own', { on: ['conclusion'], secret: given });
    expect(own.secret).toBeUndefined();
    for (const one of [id, own.id]) await centre.rpc('deleteWebhook', { actor, id: one });
  });

  it('are refused in zones that are not there', () =>
    expect(subscribe('/nowhere', { on: ['conclusion'], zone: 'nowhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' }));

  it('go with their zone, after what they were still to be told', async () => {
    const { zoneId, agentId } = await centre.agent();
    const { id } = await subscribe('/zone', { zone: zoneId, on: ['conclusion'], events: ['host.zoneDeleted'] });
    const { id: taskId } = await centre.noop(zoneId, { agent: agentId });
    await publish('host.zoneDeleted', zoneId, zoneId);
    await settled('/zone', [taskId]);
    await eventually('the end of the zone', 10_000, () => (types('/zone').includes('host.zoneDeleted') ? true : undefined));
    expect(
      await eventually('a disabled webhook', 10_000, async () => {
        const webhook = await centre.rpc('getWebhook', { id });
        return webhook.enabled ? undefined : webhook;
      }),
    ).toMatchObject({ revision: 2 });
  }, 20_000);

  it('have a log of their deliveries, newest first, page by page', async () => {
    const { id } = await subscribe('/log', { on: ['conclusion'] });
    const taskIds: string[] = [];
    for (let count = 0; count < 3; count++) taskIds.push((await runOne()).taskId);
    await settled('/log', taskIds);
    const first = await centre.rpc('listDeliveries', { webhookId: id, limit: 2 });
    const second = await centre.rpc('listDeliveries', { webhookId: id, limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...second.items].map((one) => one.taskId)).toEqual([...taskIds].reverse());
    expect(second.nextCursor).toBeNull();
    await expect(centre.rpc('listDeliveries', { cursor: 'nonsense' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    const [one] = first.items;
    const strange = { actor, id: one?.id ?? '', taskId: newId('task') };
    await expect(centre.rpc('redeliver', strange)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await centre.rpc('redeliver', { actor, id: one?.id ?? '', webhookId: id });
    await receiver.on('/log', 4);
    await centre.rpc('deleteWebhook', { actor, id });
    expect((await centre.rpc('listDeliveries', { webhookId: id })).items).toEqual([]);
  }, 30_000);
});
