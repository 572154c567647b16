import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { primariesStream, subjects } from '@klevr/contracts/subjects';
import { jetstreamManager } from '@nats-io/jetstream';
import { encodeUser } from '@nats-io/jwt';
import { createUser } from '@nats-io/nkeys';
import { type NatsConnection, jwtAuthenticator } from '@nats-io/transport-node';
import { agentIssuerOf } from './agent-credentials.js';
import { createNatsIdentity, publicKeyOf } from './nats-identity.js';
import { SecuredNats, type TestAgent, all, tryPublish, trySubscribe, verdicts } from './secured-nats.fixture.js';
import { createServiceUser } from './service-credentials.js';

describe("an agent's NATS user", () => {
  let nats: SecuredNats;
  let [zone, otherZone] = ['', ''];
  let [me, neighbour, stranger]: TestAgent[] = [];
  let connection: NatsConnection;
  let scheduler: NatsConnection;

  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('not set up');
    return value;
  };

  const ownPublishes = (): string[] => ofAgent(present(me).agentId);

  const ofAgent = (agent: string): string[] => [
    `klevr.v1.hb.${zone}.${agent}`,
    `klevr.v1.fact.${zone}.${agent}`,
    `klevr.v1.report.${zone}.${agent}`,
    ...['hello', 'ready', 'stamp', 'facts', 'renew', 'goodbye'].map((verb) => `klevr.v1.ask.${zone}.${agent}.${verb}`),
    `klevr.v1.agent.${zone}.${present(neighbour).agentId}.run`,
    `_INBOX.${zone}.${present(neighbour).agentId}.peer.t0ken`,
    `_INBOX.centre.${zone}.${agent}.r1.t0ken`,
  ];

  beforeAll(async () => {
    nats = await SecuredNats.shared();
    [zone, otherZone] = [newId('zone'), newId('zone')];
    [me, neighbour, stranger] = [await nats.newAgent(zone), await nats.newAgent(zone), await nats.newAgent(otherZone)];
    connection = await nats.connectAgent(me);
    scheduler = await nats.connectService((await createServiceUser(nats.identity, 'scheduler')).creds, 'scheduler');
    const manager = await jetstreamManager(scheduler);
    await manager.streams.add({ name: primariesStream, subjects: ['$KV.primaries.*'], max_bytes: 1024 * 1024 });
    await manager.streams.add({ name: 'EVENTS', subjects: ['klevr.v1.event.*.*.*'], max_bytes: 1024 * 1024 });
  }, 60_000);

  afterAll(async () => {
    await nats.stop();
  });

  it('publishes its own signals, asks, answers and commands to its zone', async () => {
    expect(await verdicts(ownPublishes(), (subject) => tryPublish(connection, subject))).toEqual(all(ownPublishes(), 'allowed'));
  });

  it('is heard under its own id, its upper-case letters kept', async () => {
    const agent = present(me).agentId;
    const heard = scheduler.subscribe(subjects.ask.wildcard({ verb: 'hello' }), { max: 1 });
    await scheduler.flush();
    connection.publish(subjects.ask.build({ zone, agent, verb: 'hello' }), 'hello');
    for await (const message of heard) expect(subjects.ask.parse(message.subject)).toEqual({ zone, agent, verb: 'hello' });
  });

  it('subscribes its own inboxes and commands, and what its zone tells', async () => {
    const agent = present(me).agentId;
    const own = [
      `_INBOX.${zone}.${agent}.>`,
      `klevr.v1.agent.${zone}.${agent}.*`,
      `klevr.v1.zone.${zone}.*.*`,
      `klevr.v1.zone.${zone}.17.*`,
      `klevr.v1.primary.${zone}`,
      `klevr.v1.settings.${zone}`,
      `klevr.v1.hb.${zone}.*`,
    ];
    expect(await verdicts(own, (subject) => trySubscribe(connection, subject))).toEqual(all(own, 'allowed'));
  });

  it('publishes nothing else', async () => {
    const [agent, other, foreign] = [present(me).agentId, present(neighbour).agentId, present(stranger).agentId];
    const foreignSubjects = [
      ...[other, '*'].flatMap((name) => ['hb', 'fact', 'report'].map((kind) => `klevr.v1.${kind}.${zone}.${name}`)),
      ...['hb', 'fact', 'report'].map((kind) => `klevr.v1.${kind}.${otherZone}.${agent}`),
      `klevr.v1.hb.${zone.toLowerCase()}.${agent.toLowerCase()}`,
      `klevr.v1.ask.${zone}.${other}.stamp`,
      `klevr.v1.ask.${otherZone}.${agent}.hello`,
      `klevr.v1.agent.${otherZone}.${foreign}.run`,
      `klevr.v1.zone.${zone}.1.deliver`,
      `klevr.v1.primary.${zone}`,
      `klevr.v1.settings.${zone}`,
      `klevr.v1.provision.${zone}.claim`,
      `klevr.v1.event.host.${zone}.${agent}`,
      `klevr.v1.log.${zone}.${newId('run')}`,
      ...['gateway', 'scheduler', 'task-manager'].map((service) => `klevr.v1.rpc.${service}.getZone`),
      `_INBOX.${zone}.${other}.centre.t0ken`,
      `_INBOX.${zone}.${agent}.centre.t0ken`,
      `_INBOX.${otherZone}.${foreign}.peer.t0ken`,
      `_INBOX.${otherZone}.${foreign}.centre.t0ken`,
      `_INBOX.centre.${zone}.${other}.r1.t0ken`,
      `_INBOX.centre.${otherZone}.${foreign}.r1.t0ken`,
      '_INBOX.svc.scheduler.r1.t0ken',
      `$KV.primaries.${zone}`,
      `$KV.primaries.${otherZone}`,
      '$JS.API.INFO',
      '$JS.API.STREAM.NAMES',
      `$JS.API.STREAM.DELETE.${primariesStream}`,
      `$JS.API.DIRECT.GET.${primariesStream}.$KV.primaries.${zone}`,
      '$JS.ACK.EVENTS.task-manager-host.1.1.1.1.0',
      '$SYS.REQ.CLAIMS.UPDATE',
      '$SYS.REQ.USER.INFO',
      'anything',
    ];
    expect(await verdicts(foreignSubjects, (subject) => tryPublish(connection, subject))).toEqual(all(foreignSubjects, 'refused'));
  });

  it('subscribes nothing else, by wildcard or queue group', async () => {
    const [agent, other, foreign] = [present(me).agentId, present(neighbour).agentId, present(stranger).agentId];
    const foreignSubjects = [
      ...['>', '*', 'klevr.>', 'klevr.v1.>', 'klevr.v1.agent.>', 'klevr.v1.ask.>', 'klevr.v1.fact.>', 'klevr.v1.event.>', 'klevr.v1.log.>'],
      ...['klevr.v1.hb.*.*', 'klevr.v1.primary.*', 'klevr.v1.settings.*', 'klevr.v1.zone.*.*.*', 'klevr.v1.rpc.scheduler.*'],
      ...['_INBOX.>', '_INBOX.*.*.>', `_INBOX.${zone}.>`, `_INBOX.${zone}.*.peer.>`, '_INBOX.centre.>', '_INBOX.svc.>'],
      ...['$JS.>', '$JS.API.>', '$KV.>', `$KV.primaries.${zone}`, '$SYS.>'],
      `klevr.v1.agent.${zone}.*.*`,
      `klevr.v1.agent.${zone}.${other}.*`,
      `klevr.v1.agent.${otherZone}.${foreign}.run`,
      `klevr.v1.ask.${zone}.${agent}.*`,
      `klevr.v1.fact.${zone}.${agent}`,
      `klevr.v1.report.${zone}.*`,
      `klevr.v1.zone.${otherZone}.*.*`,
      `klevr.v1.primary.${otherZone}`,
      `klevr.v1.settings.${otherZone}`,
      `klevr.v1.hb.${otherZone}.*`,
      `_INBOX.${zone}.${other}.>`,
      `_INBOX.${otherZone}.${foreign}.>`,
      `_INBOX.centre.${zone}.${agent}.>`,
    ];
    const refused = all(foreignSubjects, 'refused');
    expect(await verdicts(foreignSubjects, (subject) => trySubscribe(connection, subject))).toEqual(refused);
    expect(await verdicts(foreignSubjects, (subject) => trySubscribe(connection, subject, 'scheduler'))).toEqual(refused);
  });

  it('makes JetStream write nothing by naming a key, a stream or a foreign subject as the reply of what it may publish', async () => {
    const manager = await jetstreamManager(scheduler);
    const before = (await manager.streams.info(primariesStream)).state;
    const replies = [`$KV.primaries.${otherZone}`, '$JS.API.STREAM.PURGE.EVENTS', `klevr.v1.event.host.${otherZone}.x`];
    for (const reply of replies) {
      for (const subject of ownPublishes()) expect(await tryPublish(connection, subject, reply)).toBe('allowed');
    }
    expect((await manager.streams.info(primariesStream)).state).toEqual(before);
    expect((await manager.streams.info('EVENTS')).state.messages).toBe(0);
  });

  it('answers a neighbour only where it may publish itself, whatever reply subject the neighbour named', async () => {
    const subject = subjects.agentCommand.build({ zone, agent: present(me).agentId, verb: 'probe' });
    const received = connection.subscribe(subject, { max: 1 });
    await connection.flush();
    (await nats.connectAgent(present(neighbour))).publish(subject, '{}', { reply: `$KV.primaries.${otherZone}` });
    for await (const message of received) expect(await tryPublish(connection, message.reply ?? '')).toBe('refused');
  });

  it("takes no part in what the zone's workers do, who have all that an agent has besides", async () => {
    const worker = await nats.newAgent(zone, 'worker');
    const asWorker = await nats.connectAgent(worker);
    const [claim, claimed] = [subjects.provisionClaim.build({ zone }), `_INBOX.centre.${zone}.workers.r1.t0ken`];
    const asked = (agent: string): string => subjects.provision.build({ zone, agent, verb: 'result' });
    const publishes = [asked(worker.agentId), claimed, ...ofAgent(worker.agentId)];
    expect(await verdicts(publishes, (subject) => tryPublish(asWorker, subject))).toEqual(all(publishes, 'allowed'));
    for (const queue of [undefined, 'docker', 'docker:kdOc:Ker=1/2 3']) {
      expect([queue, await trySubscribe(asWorker, claim, queue?.replace(/\s/g, '_'))]).toEqual([queue, 'allowed']);
    }
    const own = [`klevr.v1.agent.${zone}.${worker.agentId}.*`, `_INBOX.${zone}.${worker.agentId}.centre.>`];
    expect(await verdicts(own, (subject) => trySubscribe(asWorker, subject))).toEqual(all(own, 'allowed'));

    const others = [
      asked(present(me).agentId),
      asked(worker.agentId).replace(worker.agentId, '*'),
      claim,
      claimed.replace(zone, otherZone),
      asked(worker.agentId).replace(zone, otherZone),
    ];
    expect(await verdicts(others, (subject) => tryPublish(asWorker, subject))).toEqual(all(others, 'refused'));
    const unheard = [
      claim.replace(zone, otherZone),
      subjects.provision.wildcard({ zone }),
      subjects.provisionClaim.wildcard(),
      '_INBOX.centre.>',
      claimed,
    ];
    expect(await verdicts(unheard, (subject) => trySubscribe(asWorker, subject))).toEqual(all(unheard, 'refused'));

    const foreign = [asked(present(me).agentId), asked(worker.agentId), claim, claimed];
    expect(await verdicts(foreign, (subject) => tryPublish(connection, subject))).toEqual(all(foreign, 'refused'));
    for (const queue of [undefined, 'docker']) expect(await trySubscribe(connection, claim, queue)).toBe('refused');
  });

  it('cannot be given wider permissions by the scoped key', async () => {
    const issuer = agentIssuerOf(nats.identity);
    const tags = [`zone:${zone}`];
    const wider = { pub: { allow: ['>'] }, sub: { allow: ['>'] } };
    const connectWith = async (claims: object, scopedUser: boolean): Promise<NatsConnection> => {
      const user = createUser();
      const jwt = await encodeUser(newId('agent'), user, issuer.accountPublicKey, claims, { signer: issuer.scopedSigningSeed, scopedUser });
      return nats.connectAs(jwtAuthenticator(jwt, user.getSeed()), '_INBOX.x');
    };
    await expect(connectWith({ tags, ...wider }, true)).rejects.toThrow(/authorization/i);
    await expect(connectWith({ tags, ...wider }, false)).rejects.toThrow(/authorization/i);
    expect((await connectWith({ tags }, true)).isClosed()).toBe(false);
  });

  it('may do nothing while its zone is not told', async () => {
    const [issuer, user, agent] = [agentIssuerOf(nats.identity), createUser(), newId('agent')];
    const jwt = await encodeUser(agent, user, issuer.accountPublicKey, {}, { signer: issuer.scopedSigningSeed, scopedUser: true });
    const zoneless = await nats.connectAs(jwtAuthenticator(jwt, user.getSeed()), '_INBOX.x');
    for (const subject of [`klevr.v1.hb.${zone}.${agent}`, 'anything']) {
      expect([subject, await tryPublish(zoneless, subject), await trySubscribe(zoneless, subject)]).toEqual([
        subject,
        'refused',
        'refused',
      ]);
    }
  });

  it('logs in with its own seed only', async () => {
    const { jwt, agentPublicKey } = present(me);
    await expect(nats.connectAs(jwtAuthenticator(jwt, createUser().getSeed()), '_INBOX.x')).rejects.toThrow(/authorization/i);
    await expect(nats.connectAs(() => ({ nkey: agentPublicKey, sig: '' }), '_INBOX.x')).rejects.toThrow(/authorization/i);
    await expect(nats.connectAs(() => ({ jwt, sig: '' }), '_INBOX.x')).rejects.toThrow(/authorization/i);
  });

  it('signed by the keys of another installation is refused', async () => {
    const user = createUser();
    const other = createNatsIdentity();
    const account = publicKeyOf(nats.identity.accountSeed);
    const jwt = await encodeUser(
      newId('agent'),
      user,
      account,
      { tags: [`zone:${zone}`] },
      { signer: other.agentSigningSeed, scopedUser: true },
    );
    await expect(nats.connectAs(jwtAuthenticator(jwt, user.getSeed()), '_INBOX.x')).rejects.toThrow(/authorization/i);
  });
});
