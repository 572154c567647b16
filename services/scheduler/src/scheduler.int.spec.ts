import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { newId } from '@klevr/contracts/ids';
import { primariesStream } from '@klevr/contracts/subjects';
import { PrimariesBucket } from '@klevr/messaging/primaries-bucket';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers, actor, deleteStream } from './scheduler.fixture.js';

describe('two scheduler replicas', () => {
  let schedulers: Schedulers;
  beforeAll(async () => {
    schedulers = await Schedulers.open(2);
  }, 60_000);
  afterAll(() => schedulers.close(), 90_000);

  it('appoint the first agent that stands, and the next one when its connection is cut', async () => {
    const zone = await schedulers.zone();
    const [first, second] = [await schedulers.agent(zone), await schedulers.agent(zone)];
    await first.hello();
    const before = await schedulers.primary(zone, (agentId) => agentId === first.agentId);
    await second.hello();
    await first.kill();
    const after = await schedulers.primary(zone, (agentId) => agentId === second.agentId);
    expect(after.epoch).toBeGreaterThan(before.epoch);
    expect(second.epochs).toEqual([after.epoch]);
    const terms = await eventually('both terms', 5_000, async () => {
      const { items } = await schedulers.rpc('listTerms', { zone });
      return typeof items[0]?.gapMs === 'number' ? items : undefined;
    });
    expect(terms).toMatchObject([
      { agentId: second.agentId, cause: 'disconnected', to: null, gapMs: expect.any(Number) },
      { agentId: first.agentId, cause: 'firstCandidate', endCause: 'disconnected' },
    ]);
  }, 20_000);

  it('replace a primary that stays connected and falls silent', async () => {
    const zone = await schedulers.zone();
    const [first, second] = [await schedulers.agent(zone), await schedulers.agent(zone)];
    await first.hello();
    await schedulers.primary(zone, (agentId) => agentId === first.agentId);
    await second.hello();
    first.beating = false;
    first.answering = false;
    await schedulers.primary(zone, (agentId) => agentId === second.agentId);
    const frozen = await eventually('the frozen agent as suspect', 5_000, async () => {
      const agent = await schedulers.rpc('getAgent', { id: first.agentId });
      return agent.status === 'suspect' ? agent : undefined;
    });
    expect(frozen.statusCause).toContain('did not answer');
  }, 20_000);

  it('appoint a new life of the only agent under its new session', async () => {
    const zone = await schedulers.zone();
    const agent = await schedulers.agent(zone);
    const before = await agent.hello();
    const { epoch } = await schedulers.primary(zone, (agentId) => agentId === agent.agentId);
    await agent.restart();
    const after = await agent.hello();
    expect(after.session).not.toBe(before.session);
    await schedulers.primary(zone, (_agentId, now) => now > epoch);
    expect(agent.epochs).toHaveLength(2);
  }, 20_000);

  it('keep the session and the epoch of an agent that says hello again', async () => {
    const zone = await schedulers.zone();
    const agent = await schedulers.agent(zone);
    const first = await agent.hello();
    const { epoch } = await schedulers.primary(zone, (agentId) => agentId === agent.agentId);
    const again = await agent.hello();
    expect(again).toMatchObject({ session: first.session, primary: { agentId: agent.agentId, epoch, ready: true } });
    expect((await schedulers.rpc('getPrimary', { zone }))?.epoch).toBe(epoch);
    const sign = { session: first.session, epoch, conn: agent.conn };
    await expect(agent.ask('stamp', sign)).resolves.toMatchObject({ outcome: 'primary' });
    await expect(agent.ask('stamp', { ...sign, epoch: epoch - 1 })).resolves.toMatchObject({ outcome: 'notPrimary' });
    await expect(agent.ask('stamp', { ...sign, session: newId('session') })).resolves.toMatchObject({ outcome: 'notPrimary' });
  }, 20_000);

  it('hand over to the named agent, and have the next primary ready before a goodbye is answered', async () => {
    const zone = await schedulers.zone();
    const agents = [await schedulers.agent(zone), await schedulers.agent(zone), await schedulers.agent(zone)] as const;
    await agents[0].hello();
    await schedulers.primary(zone, (agentId) => agentId === agents[0].agentId);
    await agents[1].hello();
    await agents[2].hello();
    const handed = await schedulers.rpc('handOver', { actor, zone, agentId: agents[2].agentId });
    expect(handed.agentId).toBe(agents[2].agentId);
    await agents[2].ask('goodbye', { session: agents[2].session ?? '', reason: 'stopping' });
    const next = await schedulers.rpc('getPrimary', { zone });
    expect([agents[0].agentId, agents[1].agentId]).toContain(next?.agentId);
    expect((await schedulers.rpc('getAgent', { id: agents[2].agentId })).status).toBe('left');
    await expect(schedulers.rpc('handOver', { actor, zone, agentId: agents[2].agentId })).rejects.toMatchObject({ code: 'WRONG_STATE' });
  }, 20_000);

  it('prefer the agent with the label primary=prefer and never appoint one with primary=never', async () => {
    const zone = await schedulers.zone();
    const never = await schedulers.agent(zone, { primary: 'never' });
    const plain = await schedulers.agent(zone);
    const preferred = await schedulers.agent(zone, { primary: 'prefer' });
    await never.hello();
    expect(await schedulers.rpc('getPrimary', { zone })).toBeNull();
    await plain.hello();
    await schedulers.primary(zone, (agentId) => agentId === plain.agentId);
    const other = await schedulers.agent(zone);
    await other.hello();
    await preferred.hello();
    await plain.kill();
    await schedulers.primary(zone, (agentId) => agentId === preferred.agentId);
    expect(never.epochs).toEqual([]);
  }, 20_000);

  it('are not moved by a stranger who fails to log in with the public key and name of the primary, nor by a namesake', async () => {
    const zone = await schedulers.zone();
    const [primary, other] = [await schedulers.agent(zone), await schedulers.agent(zone)];
    await primary.hello();
    const { epoch } = await schedulers.primary(zone, (agentId) => agentId === primary.agentId);
    await other.hello();
    for (let attempt = 0; attempt < 10; attempt++) await failToLogIn(schedulers.bed.natsUrl, primary);
    // One who may log in, under the primary's name: what a client calls itself counts for nothing.
    const namesake = await schedulers.bed.agentBus(zone, primary.agentId);
    await namesake.bus.close();
    // A cut that did count would have deposed it before this one is seen.
    await other.kill();
    await eventually('the cut of the other agent', 5_000, async () => {
      const { status } = await schedulers.rpc('getAgent', { id: other.agentId });
      return status === 'suspect' ? status : undefined;
    });
    expect(await schedulers.rpc('getPrimary', { zone })).toMatchObject({ agentId: primary.agentId, epoch });
    expect((await schedulers.rpc('getAgent', { id: primary.agentId })).status).toBe('online');
  }, 20_000);

  it('settle at once when the key was deleted, with a higher epoch', async () => {
    const zone = await schedulers.zone();
    const agent = await schedulers.agent(zone);
    await agent.hello();
    const { epoch } = await schedulers.primary(zone, (agentId) => agentId === agent.agentId);
    const bucket = new PrimariesBucket(await schedulers.bed.serviceBus('scheduler'));
    const read = await bucket.read(zone);
    if (read.outcome !== 'found') throw new Error(`no key: ${read.outcome}`);
    await bucket.remove(zone, read.revision);
    const after = await schedulers.primary(zone, (_agentId, now) => now > epoch);
    expect(after.agentId).toBe(agent.agentId);
  }, 20_000);

  it('make the bucket again where it was deleted, and epochs still rise', async () => {
    const zone = await schedulers.zone();
    const [first, second] = [await schedulers.agent(zone), await schedulers.agent(zone)];
    await first.hello();
    await second.hello();
    let { epoch } = await schedulers.primary(zone, () => true);
    for (let round = 0; round < 5; round++) {
      await deleteStream(schedulers, primariesStream);
      const before = epoch;
      ({ epoch } = await schedulers.primary(zone, (_agentId, now) => now > before));
    }
    const taken = [...first.epochs, ...second.epochs];
    expect(new Set(taken).size).toBe(taken.length);
  }, 60_000);

  it('take an agent for lost only after the grace, and back when it says hello', async () => {
    const zone = await schedulers.zone({ lostAfterSeconds: 1 });
    const agent = await schedulers.agent(zone);
    await agent.hello();
    await agent.kill();
    const suspect = await eventually('suspect', 5_000, async () => {
      const found = await schedulers.rpc('getAgent', { id: agent.agentId });
      return found.status === 'suspect' ? found : undefined;
    });
    const lost = await eventually('lost', 10_000, async () => {
      const found = await schedulers.rpc('getAgent', { id: agent.agentId });
      return found.status === 'lost' ? found : undefined;
    });
    expect(Date.parse(lost.statusSince) - Date.parse(suspect.statusSince)).toBeGreaterThanOrEqual(1_000);
    await agent.restart();
    await agent.hello();
    expect((await schedulers.rpc('getAgent', { id: agent.agentId })).status).toBe('online');
  }, 30_000);
});

/** Speaks the protocol by hand: the right public key, token and name, and a signature that is none. Resolves when the server hung up. */
const failToLogIn = (natsUrl: string, victim: { publicKey: string; jwt: string; agentId: string }): Promise<void> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(natsUrl);
    const socket = connect(Number(port), hostname);
    let refused = false;
    socket.on('data', (data) => {
      const text = data.toString();
      const { publicKey: nkey, jwt, agentId: name } = victim;
      if (text.startsWith('INFO')) socket.write(`CONNECT ${JSON.stringify({ nkey, jwt, sig: 'AAAA', user: nkey, name })}\r\nPING\r\n`);
      if (text.includes('-ERR')) refused = true;
    });
    socket.on('close', () => (refused ? resolve() : reject(new Error('the stranger was not refused'))));
    socket.on('error', () => undefined);
  });
