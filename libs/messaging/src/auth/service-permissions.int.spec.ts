import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { streams } from '@klevr/contracts/streams';
import { inboxes, primariesBucket, primariesStream, primaryKeySubject, subjects } from '@klevr/contracts/subjects';
import { taskManagerConsumers } from '@klevr/contracts/task-manager-contracts';
import { AckPolicy, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { SecuredNats, all, tryAsk, tryPublish, trySubscribe, verdicts } from './secured-nats.fixture.js';
import { createServiceUser } from './service-credentials.js';
import type { NatsServiceName } from './service-permissions.js';

describe("a service's NATS user", () => {
  const { hostEvents } = taskManagerConsumers;
  const zone = newId('zone');
  const agent = newId('agent');
  const maxBytes = 1024 * 1024;
  let nats: SecuredNats;
  let connections: Record<NatsServiceName, NatsConnection>;
  let managers: Record<NatsServiceName, JetStreamManager>;

  beforeAll(async () => {
    nats = await SecuredNats.shared();
    const connectAs = async (name: NatsServiceName) => nats.connectService((await createServiceUser(nats.identity, name)).creds, name);
    const [gateway, scheduler, taskManager] = [await connectAs('gateway'), await connectAs('scheduler'), await connectAs('task-manager')];
    const provisioner = await connectAs('provisioner');
    connections = { gateway, scheduler, 'task-manager': taskManager, provisioner };
    managers = {
      gateway: await jetstreamManager(gateway),
      scheduler: await jetstreamManager(scheduler),
      'task-manager': await jetstreamManager(taskManager),
      provisioner: await jetstreamManager(provisioner),
    };
    await managers.scheduler.streams.add({ name: streams.events.name, subjects: [...streams.events.subjects], max_bytes: maxBytes });
    await managers['task-manager'].streams.add({ name: streams.logs.name, subjects: [...streams.logs.subjects], max_bytes: maxBytes });
    await new Kvm(jetstream(scheduler)).create(primariesBucket, { max_bytes: maxBytes });
  }, 60_000);

  afterAll(async () => {
    await nats.stop();
  });

  it('of the scheduler writes, reads, configures and makes anew the bucket of primaries', async () => {
    const bucket = await new Kvm(jetstream(connections.scheduler)).open(primariesBucket);
    const revision = await bucket.create(zone, 'one');
    const next = await bucket.update(zone, 'two', revision);
    expect((await bucket.get(zone))?.string()).toBe('two');
    await bucket.delete(zone, { previousSeq: next });
    expect((await bucket.get(zone))?.operation).toBe('DEL');
    await managers.scheduler.streams.update(primariesStream, { max_bytes: 2 * maxBytes });
    await managers.scheduler.streams.delete(primariesStream);
    await new Kvm(jetstream(connections.scheduler)).create(primariesBucket, { max_bytes: maxBytes });
  });

  it('reads the bucket of primaries as task-manager, not as gateway; neither writes it', async () => {
    await (await new Kvm(jetstream(connections.scheduler)).open(primariesBucket)).put(zone, 'held');
    const asTaskManager = await new Kvm(jetstream(connections['task-manager'])).open(primariesBucket);
    expect((await asTaskManager.get(zone))?.string()).toBe('held');
    expect(await tryAsk(asTaskManager.put(zone, 'stolen'))).toBe('refused');
    const asGateway = await new Kvm(jetstream(connections.gateway)).open(primariesBucket);
    expect(await tryAsk(asGateway.get(zone))).toBe('refused');
    for (const name of ['gateway', 'task-manager'] as const) {
      expect(await tryPublish(connections[name], primaryKeySubject.build({ zone }))).toBe('refused');
      expect(await tryAsk(managers[name].streams.delete(primariesStream))).toBe('refused');
    }
    expect((await asTaskManager.get(zone))?.string()).toBe('held');
  });

  it('takes host events by its one durable consumer as task-manager, and acknowledges them', async () => {
    const consumers = managers['task-manager'].consumers;
    await consumers.add(hostEvents.stream, {
      durable_name: hostEvents.durable,
      filter_subject: hostEvents.subscription,
      ack_policy: AckPolicy.Explicit,
    });
    await jetstream(connections.scheduler).publish(subjects.event.build({ topic: 'host', zone, id: agent }), 'online');
    const consumer = await jetstream(connections['task-manager']).consumers.get(hostEvents.stream, hostEvents.durable);
    const message = await consumer.next({ expires: 5_000 });
    expect(message?.string()).toBe('online');
    expect(await message?.ackAck()).toBe(true);
    expect((await consumer.info()).num_ack_pending).toBe(0);
    const wider = { durable_name: hostEvents.durable, filter_subject: subjects.event.wildcard(), ack_policy: AckPolicy.Explicit };
    expect(await tryAsk(consumers.add(hostEvents.stream, wider))).toBe('refused');
    expect(await tryAsk(consumers.add(hostEvents.stream, { ...wider, durable_name: 'other' }))).toBe('refused');
  });

  it('reads events and logs by ordered consumers as gateway, and cannot touch the durable one', async () => {
    await jetstream(connections['task-manager']).publish(subjects.log.build({ zone, run: newId('run') }), 'a line');
    const js = jetstream(connections.gateway);
    for (const [stream, text] of [
      [streams.events.name, 'online'],
      [streams.logs.name, 'a line'],
    ] as const) {
      const ordered = await js.consumers.get(stream, {
        filter_subjects: stream === 'LOGS' ? subjects.log.wildcard() : 'klevr.v1.event.>',
      });
      expect((await ordered.next({ expires: 5_000 }))?.string()).toBe(text);
    }
    const api = ['CREATE', 'INFO', 'DELETE', 'MSG.NEXT'].map((verb) => `$JS.API.CONSUMER.${verb}.EVENTS.${hostEvents.durable}`);
    const denied = [
      ...api,
      `$JS.API.CONSUMER.CREATE.EVENTS.${hostEvents.durable}.klevr.v1.event.*.*.*`,
      `$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.${hostEvents.durable}`,
      `$JS.API.CONSUMER.CREATE.EVENTS`,
      `$JS.ACK.EVENTS.${hostEvents.durable}.1.1.1.1.0`,
      `$JS.ACK._.account.EVENTS.${hostEvents.durable}.1.1.1.1.0`,
      ...['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.DELETE', 'MSG.GET'].map((verb) => `$JS.API.STREAM.${verb}.EVENTS`),
    ];
    expect(await verdicts(denied, (subject) => tryPublish(connections.gateway, subject))).toEqual(all(denied, 'refused'));
  });

  it('changes no stream of another', async () => {
    const { scheduler, 'task-manager': taskManager } = managers;
    expect(await tryAsk(scheduler.streams.update(streams.logs.name, {}))).toBe('refused');
    for (const manager of [scheduler, taskManager]) expect(await tryAsk(manager.streams.purge(streams.events.name))).toBe('refused');
    for (const manager of [scheduler, taskManager]) expect(await tryAsk(manager.streams.delete(streams.events.name))).toBe('refused');
    expect(await tryAsk(scheduler.streams.purge(primariesStream))).toBe('refused');
    expect(await tryAsk(taskManager.streams.add({ name: 'OTHER', subjects: ['other'], max_bytes: maxBytes }))).toBe('refused');
  });

  it('asks another service and is answered on its own inbox', async () => {
    const lines = [
      ['gateway', 'scheduler'],
      ['gateway', 'task-manager'],
      ['scheduler', 'task-manager'],
      ['task-manager', 'scheduler'],
      ['gateway', 'provisioner'],
      ['scheduler', 'provisioner'],
      ['provisioner', 'scheduler'],
      ['provisioner', 'task-manager'],
    ] as const;
    for (const [asker, asked] of lines) {
      const subject = subjects.rpc.build({ service: asked, verb: 'ping' });
      connections[asked].subscribe(subject, { max: 1, queue: asked, callback: (_error, message) => void message.respond('pong') });
      await connections[asked].flush();
      expect((await connections[asker].request(subject, '', { timeout: 5_000 })).string()).toBe('pong');
    }
  });

  it('publishes and hears nothing of another service, nor everything', async () => {
    const inbox = (service: NatsServiceName) => inboxes.service.build({ service, replica: 'r1', token: 't0ken' });
    const centreInbox = inboxes.centreAwaitsAgent.build({ zone, agent, replica: 'r1', token: 't0ken' });
    const event = (topic: string) => subjects.event.build({ topic, zone, id: 'x' });
    const command = subjects.agentCommand.build({ zone, agent, verb: 'run' });
    const agentInbox = inboxes.agentAwaitsCentre.build({ zone, agent, token: 't0ken' });
    const never = [subjects.primary.build({ zone }), subjects.heartbeat.build({ zone, agent }), centreInbox, '$SYS.REQ.CLAIMS.UPDATE', 'x'];
    const publishes: Record<NatsServiceName, string[]> = {
      gateway: [command, agentInbox, event('task'), event('host'), subjects.log.build({ zone, run: 'x' }), inbox('task-manager')],
      scheduler: [event('task'), event('run'), subjects.log.build({ zone, run: 'x' }), subjects.fact.build({ zone, agent })],
      'task-manager': [
        event('host'),
        event('primary'),
        subjects.settings.build({ zone }),
        subjects.ask.build({ zone, agent, verb: 'stamp' }),
        subjects.provision.build({ zone, agent, verb: 'result' }),
      ],
      // It hears of workers and answers them; to command them is the task-manager's.
      provisioner: [
        command,
        subjects.zoneCommand.build({ zone, epoch: 1, verb: 'deliver' }),
        subjects.provisionClaim.build({ zone }),
        subjects.provision.build({ zone, agent, verb: 'result' }),
        subjects.log.build({ zone, run: 'x' }),
        ...['task', 'run', 'host', 'primary'].map(event),
        primaryKeySubject.build({ zone }),
        inbox('task-manager'),
      ],
    };
    const everywhere = ['>', 'klevr.>', '$JS.>', '$KV.>', '$SYS.>', '_INBOX.>', '_INBOX.svc.>', `_INBOX.${zone}.>`, 'klevr.v1.agent.*.*.*'];
    const subscribes: Record<NatsServiceName, string[]> = {
      gateway: [
        '_INBOX.centre.>',
        'klevr.v1.fact.>',
        'klevr.v1.ask.>',
        subjects.rpc.wildcard({ service: 'scheduler' }),
        inbox('scheduler'),
      ],
      scheduler: [subjects.fact.wildcard(), subjects.rpc.wildcard({ service: 'task-manager' }), inbox('gateway'), 'klevr.v1.zone.>'],
      'task-manager': [subjects.ask.wildcard(), subjects.rpc.wildcard({ service: 'scheduler' }), inbox('gateway'), 'klevr.v1.report.>'],
      provisioner: [
        subjects.fact.wildcard(),
        subjects.ask.wildcard(),
        '_INBOX.centre.>',
        subjects.rpc.wildcard({ service: 'task-manager' }),
      ],
    };
    for (const name of ['gateway', 'scheduler', 'task-manager', 'provisioner'] as const) {
      const [toPublish, toHear] = [
        [...never, ...publishes[name]],
        [...everywhere, ...subscribes[name]],
      ];
      expect(await verdicts(toPublish, (subject) => tryPublish(connections[name], subject))).toEqual(all(toPublish, 'refused'));
      expect(await verdicts(toHear, (subject) => trySubscribe(connections[name], subject))).toEqual(all(toHear, 'refused'));
    }
  });

  it('that answers an agent carelessly still writes no key', async () => {
    const asking = await nats.newAgent(zone);
    const subject = subjects.fact.build({ zone, agent: asking.agentId });
    const received = connections['task-manager'].subscribe(subject, { max: 1 });
    await connections['task-manager'].flush();
    (await nats.connectAgent(asking)).publish(subject, '{}', { reply: primaryKeySubject.build({ zone }) });
    for await (const message of received) expect(await tryPublish(connections['task-manager'], message.reply ?? '')).toBe('refused');
  });
});
