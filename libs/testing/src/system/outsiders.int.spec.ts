import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAgentKeys, agentKeysOf } from '@klevr/messaging/auth/agent-keys';
import { newId } from '@klevr/contracts/ids';
import { inboxes, primariesStream, primaryKeySubject, subjects } from '@klevr/contracts/subjects';
import { PrimariesBucket } from '@klevr/messaging/primaries-bucket';
import { eventually } from '../eventually.js';
import { connectAdministrator } from './administrator.fixture.js';
import { RawNats } from './raw-nats.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

interface StoredIdentity {
  readonly agentId: string;
  readonly zoneId: string;
  readonly userJwt: string;
  readonly seed: string;
}

describe('somebody who should not', () => {
  let open: SystemBed;
  let administrator: RawNats;
  let system: RawNats;
  const identityOf = async (name: string): Promise<StoredIdentity> =>
    JSON.parse(await readFile(join(open.system.agentDir(name), 'identity.json'), 'utf8')) as StoredIdentity;

  beforeAll(async () => {
    open = await openSystemBed({ agents: 2 });
    const { natsUrl, natsIdentity } = open.bed;
    administrator = await connectAdministrator(natsUrl, natsIdentity, 'main');
    system = await connectAdministrator(natsUrl, natsIdentity, 'system');
  }, 90_000);
  afterAll(async () => {
    administrator.close();
    system.close();
    await open.close();
  }, 30_000);

  const worksStill = async (): Promise<void> => {
    const { api, zone } = open.system;
    const task = await api.createTask({ name: 'still', zone, target: { all: '' }, steps: [{ name: 'noop', use: 'Noop' }] });
    expect((await api.taskEnd(task.id)).status).toBe('succeeded');
  };

  it("reaches nothing of another zone with an agent's credentials, not even by the reply subject of an allowed request", async () => {
    const { api } = open.system;
    const own = await identityOf('agent-1');
    // Nobody lives in this zone, so whatever is heard there is the thief's doing.
    const { id: other } = await api.post<{ id: string }>('/zones', { name: 'quiet' });
    const stranger = newId('agent');
    const bucket = new PrimariesBucket(await open.bed.serviceBus('scheduler'));
    const untouched = await bucket.read(other);
    const heard: string[] = [];
    // What the schedulers tell of a zone that was just made may still be on its way.
    const madeKnown = [subjects.event.build({ topic: 'host', zone: other, id: other }), subjects.settings.build({ zone: other })];
    const telling = (subject: string, body: string): boolean => madeKnown.includes(subject) && body.includes(`"zoneId":"${other}"`);
    for (const subject of ['klevr.>', '_INBOX.>', '$KV.>', '$JS.API.>']) {
      await administrator.subscribe(subject, (message) => {
        const foreign = message.subject.includes(other) || message.subject.includes('thief') || message.body.includes('thief');
        // A scheduler may look at the key of any zone.
        const look = message.subject.startsWith('$JS.API.DIRECT.GET.');
        if (foreign && !look && !telling(message.subject, message.body.toString())) heard.push(message.subject);
      });
    }
    const thief = await RawNats.connect(open.bed.natsUrl, { jwt: own.userJwt, seed: own.seed, name: own.agentId });
    const targets = [
      subjects.agentCommand.build({ zone: other, agent: stranger, verb: 'run' }),
      subjects.zoneCommand.build({ zone: other, epoch: 1, verb: 'deliver' }),
      subjects.primary.build({ zone: other }),
      subjects.settings.build({ zone: other }),
      subjects.fact.build({ zone: other, agent: stranger }),
      subjects.ask.build({ zone: other, agent: stranger, verb: 'hello' }),
      subjects.event.build({ topic: 'host', zone: other, id: stranger }),
      subjects.log.build({ zone: other, run: newId('run') }),
      inboxes.agentAwaitsCentre.build({ zone: other, agent: stranger, token: 'thief' }),
      inboxes.agentAwaitsPeer.build({ zone: other, agent: stranger, token: 'thief' }),
      inboxes.centreAwaitsAgent.build({ zone: other, agent: stranger, replica: 'r', token: 'thief' }),
      inboxes.service.build({ service: 'gateway', replica: 'r', token: 'thief' }),
      primaryKeySubject.build({ zone: other }),
      `$JS.API.STREAM.DELETE.${primariesStream}`,
    ];
    const allowed = [
      subjects.fact.build({ zone: own.zoneId, agent: own.agentId }),
      ...['hello', 'ready', 'stamp', 'facts', 'renew', 'goodbye'].map((verb) =>
        subjects.ask.build({ zone: own.zoneId, agent: own.agentId, verb }),
      ),
    ];
    const neighbours = await Promise.all(['agent-1', 'agent-2'].map(identityOf));
    const commands = neighbours.flatMap(({ zoneId, agentId }) =>
      ['probe', 'run', 'cancel'].map((verb) => subjects.agentCommand.build({ zone: zoneId, agent: agentId, verb })),
    );
    for (const target of targets) {
      thief.publish(target, { thief: true });
      for (const request of [...allowed, ...commands]) thief.publish(request, {}, target);
    }
    // Whoever answers in order has by now answered, or not, what came before.
    await thief.flush();
    await worksStill();
    await administrator.flush();
    expect(heard.filter((subject) => !allowed.includes(subject) && !commands.includes(subject))).toEqual([]);
    expect(thief.refusals.length).toBeGreaterThanOrEqual(targets.length);
    expect(await bucket.read(other)).toEqual(untouched);
    expect((await api.zone(other)).primary).toBeNull();
    for (const subject of [
      subjects.primary.build({ zone: other }),
      subjects.heartbeat.wildcard({ zone: other }),
      '>',
      '$KV.>',
      '_INBOX.>',
    ]) {
      const before = thief.refusals.length;
      await thief.subscribe(subject, () => undefined);
      expect({ subject, refused: thief.refusals.length - before }).toEqual({ subject, refused: 1 });
    }
    thief.close();
    for (const name of open.system.names()) expect({ name, lives: open.system.lives(name) }).toEqual({ name, lives: true });
  }, 60_000);

  it("deposes nobody by failing to log in with the primary's public key and name", async () => {
    const { api, zone } = open.system;
    await open.system.settled();
    const before = await api.primary(zone);
    if (before === null) throw new Error('the zone has no primary');
    const primary = await identityOf(await open.system.nameOf(before.agentId));
    let failures = 0;
    await system.subscribe('$SYS.SERVER.*.CLIENT.AUTH.ERR', ({ body }) => {
      if (body.includes(before.agentId)) failures++;
    });
    const wrong = { name: before.agentId, seed: createAgentKeys().seed };
    const attempts = [{ nkey: agentKeysOf(primary.seed).publicKey }, { jwt: primary.userJwt }, {}];
    for (let round = 0; round < 10; round++) {
      for (const shown of attempts) {
        await expect(RawNats.connect(open.bed.natsUrl, { ...wrong, ...shown })).rejects.toThrow(/Authorization/);
      }
    }
    await eventually('the server to have told of every failure', 10_000, () => (failures >= 10 * attempts.length ? true : undefined));
    await worksStill();
    expect(await api.primary(zone)).toMatchObject({ agentId: before.agentId, epoch: before.epoch });
    expect((await api.terms(zone)).filter((term) => term.epoch > before.epoch)).toEqual([]);
    expect((await api.agents(zone)).find(({ id }) => id === before.agentId)?.status).toBe('online');
  }, 60_000);
});
