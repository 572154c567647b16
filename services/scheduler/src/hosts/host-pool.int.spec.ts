import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { createAgentKeys } from '@klevr/messaging/auth/agent-keys';
import { Schedulers, actor } from '../scheduler.fixture.js';
import { hostFacts } from '../test-agent.fixture.js';

const idempotencyOf = (key: string, digest = 'd') => ({ key, scope: 'usr_test POST /x', digest });

describe.each([{ redis: true }, { redis: false }])('the host pool (Redis: $redis)', ({ redis }) => {
  let schedulers: Schedulers;
  beforeAll(async () => {
    schedulers = await Schedulers.open(2, { redis });
  }, 60_000);
  afterAll(() => schedulers.close(), 90_000);

  const enroll = (joinToken: string, publicKey = createAgentKeys().publicKey) =>
    schedulers.rpc('enroll', { enroll: { joinToken, publicKey, host: hostFacts, version: '0.1.0' } });

  it('makes a zone once for one Idempotency-Key, and says when the key is used for another request', async () => {
    const zone = { name: `z${newId('zone').slice(-12).toLowerCase()}` };
    const made = await schedulers.rpc('createZone', { actor, zone, idempotency: idempotencyOf(zone.name) });
    expect(made).toMatchObject({ ...zone, primary: null, agents: { online: 0 }, settings: { heartbeatSeconds: 10 } });
    await expect(schedulers.rpc('createZone', { actor, zone, idempotency: idempotencyOf(zone.name) })).resolves.toMatchObject({
      id: made.id,
    });
    const other = { actor, zone, idempotency: idempotencyOf(zone.name, 'other') };
    await expect(schedulers.rpc('createZone', other)).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    await expect(schedulers.rpc('createZone', { actor, zone })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(schedulers.rpc('getZone', { zone: zone.name })).resolves.toMatchObject({ id: made.id });
    await expect(schedulers.rpc('getZone', { zone: newId('zone') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('shows a join token once', async () => {
    const zone = await schedulers.zone();
    const request = { actor, zone, joinToken: { maxUses: 2 }, idempotency: idempotencyOf(zone) };
    const made = await schedulers.rpc('createJoinToken', request);
    await expect(schedulers.rpc('createJoinToken', request)).rejects.toMatchObject({ code: 'SECRET_SHOWN_ONCE' });
    const { items } = await schedulers.rpc('listJoinTokens', { zone });
    expect(items).toEqual([expect.objectContaining({ id: made.id, uses: 0, maxUses: 2, revokedAt: null })]);
    expect(JSON.stringify(items)).not.toContain(made.token);
  });

  it('lets a token be used as often as it says, also when many use it at once', async () => {
    const zone = await schedulers.zone();
    const token = await schedulers.joinToken(zone, { maxUses: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => enroll(token)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(refusals).toEqual(refusals.map(() => expect.objectContaining({ code: 'JOIN_TOKEN_REFUSED' })));
    expect((await schedulers.rpc('listJoinTokens', { zone })).items[0]?.uses).toBe(3);
  });

  it('refuses unknown, expired and revoked tokens with the same words', async () => {
    const zone = await schedulers.zone();
    const expired = await schedulers.joinToken(zone, { ttlSeconds: 1 });
    const revoked = await schedulers.rpc('createJoinToken', { actor, zone, joinToken: {} });
    await schedulers.rpc('revokeJoinToken', { actor, zone, id: revoked.id });
    await expect(schedulers.rpc('revokeJoinToken', { actor, zone, id: newId('joinToken') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { expiresAt } = (await schedulers.rpc('listJoinTokens', { zone })).items[0] ?? {};
    await new Promise((resolve) => setTimeout(resolve, Date.parse(expiresAt ?? '') - Date.now() + 5));
    const messages = new Set<string>();
    for (const token of ['kjt_unknown', expired, revoked.token]) {
      const error: unknown = await enroll(token).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'JOIN_TOKEN_REFUSED' });
      messages.add((error as Error).message);
    }
    expect(messages.size).toBe(1);
  });

  it('gives the same key its own agent back, and no second zone', async () => {
    const [zone, foreign] = [await schedulers.zone(), await schedulers.zone()];
    const { publicKey } = createAgentKeys();
    const first = await enroll(await schedulers.joinToken(zone), publicKey);
    const second = await enroll(await schedulers.joinToken(zone, { labels: { role: 'db' } }), publicKey);
    expect(second.agentId).toBe(first.agentId);
    expect(Date.parse(first.userJwtExpiresAt ?? '') - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    await expect(enroll(await schedulers.joinToken(foreign), publicKey)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(schedulers.rpc('getAgent', { id: first.agentId })).resolves.toMatchObject({
      ...{ status: 'pending', labels: { role: 'db' }, session: null, isPrimary: false, lastSeenAt: null },
      facts: hostFacts,
    });
    const broken = `${publicKey.slice(0, -1)}${publicKey.endsWith('A') ? 'B' : 'A'}`;
    await expect(enroll(await schedulers.joinToken(zone), broken)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('lists agents in a stable order, page by page, by status and selector', async () => {
    const zone = await schedulers.zone();
    const token = await schedulers.joinToken(zone, { maxUses: 5, labels: { role: 'web' } });
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push((await enroll(token)).agentId);
    const db = await schedulers.agent(zone, { role: 'db' });
    await db.hello();
    const pages: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await schedulers.rpc('listAgents', {
        zone,
        limit: 2,
        label: 'role=web,os=linux',
        ...(cursor === undefined ? {} : { cursor }),
      });
      pages.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(pages).toEqual([...ids].sort());
    const online = await schedulers.rpc('listAgents', { zone, status: 'online' });
    expect(online.items.map(({ id }) => id)).toEqual([db.agentId]);
    await expect(schedulers.rpc('listAgents', { zone, label: 'role in web' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      errors: [{ path: 'label', message: expect.stringContaining('expected (') }],
    });
    await expect(schedulers.rpc('listAgents', { zone, cursor: 'nonsense' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('neither skips nor repeats agents that are there throughout, whoever joins or is removed between two pages', async () => {
    const zone = await schedulers.zone();
    const token = await schedulers.joinToken(zone, { maxUses: 20 });
    const ids: string[] = [];
    for (let index = 0; index < 6; index++) ids.push((await enroll(token)).agentId);
    const first = await schedulers.rpc('listAgents', { zone, limit: 2 });
    // Of those that were shown the one that the cursor names, and of those that were not the next.
    for (const at of [1, 2]) await schedulers.rpc('deleteAgent', { actor, id: ids[at] ?? '' });
    const joined = (await enroll(token)).agentId;
    const second = await schedulers.rpc('listAgents', { zone, limit: 2, cursor: first.nextCursor ?? '' });
    await schedulers.rpc('deleteAgent', { actor, id: ids[0] ?? '' });
    const third = await schedulers.rpc('listAgents', { zone, limit: 2, cursor: second.nextCursor ?? '' });
    expect([first, second, third].flatMap(({ items }) => items.map(({ id }) => id))).toEqual([
      ...ids.filter((_id, at) => at !== 2),
      joined,
    ]);
    expect(third.nextCursor).toBeNull();
  });

  it('lists the zones of its reader, and the agents in them, and nothing else', async () => {
    const [a, b, foreign] = [await schedulers.zone(), await schedulers.zone(), await schedulers.zone()];
    const ids: string[] = [];
    for (const zone of [a, b, a, foreign, b]) {
      const { agentId } = await enroll(await schedulers.joinToken(zone));
      if (zone !== foreign) ids.push(agentId);
    }
    const zonesOf = async (request: object) => (await schedulers.rpc('listZones', request)).items.map(({ id }) => id);
    expect(await zonesOf({ scope: [b, a] })).toEqual([a, b]);
    const { nextCursor } = await schedulers.rpc('listZones', { scope: [b, a], limit: 1 });
    expect(await zonesOf({ scope: [b, a], cursor: nextCursor })).toEqual([b]);
    expect(await zonesOf({ scope: [] })).toEqual([]);
    const agentsOf = async (request: object) => (await schedulers.rpc('listAgents', request)).items.map(({ id }) => id);
    expect(await agentsOf({ scope: [b, a] })).toEqual(ids);
    const first = await schedulers.rpc('listAgents', { scope: [b, a], limit: 2 });
    expect([...first.items.map(({ id }) => id), ...(await agentsOf({ scope: [b, a], cursor: first.nextCursor }))]).toEqual(ids);
    expect(await agentsOf({ scope: [b, a], status: 'online' })).toEqual([]);
    expect(await agentsOf({ scope: [foreign] })).toHaveLength(1);
    expect(await agentsOf({ scope: [a], zone: a })).toEqual([ids[0], ids[2]]);
    expect(await agentsOf({ scope: [a], zone: b })).toEqual([]);
    expect(await agentsOf({ scope: [] })).toEqual([]);
  });

  it('sees what was just written, whichever replica is asked', async () => {
    const zone = await schedulers.zone();
    for (let count = 1; count <= 20; count++) {
      const agent = await schedulers.agent(zone);
      await agent.hello();
      const { agents } = await schedulers.rpc('resolveTarget', { zone, target: { all: '' } });
      expect(agents).toHaveLength(count);
    }
  }, 20_000);

  it('resolves targets: one agent, the primary, any, all', async () => {
    const zone = await schedulers.zone();
    const resolve = async (target: object) => {
      const { agents } = await schedulers.rpc('resolveTarget', { zone, target: target as never });
      return agents.map(({ agentId }) => agentId);
    };
    const [first, second] = [await schedulers.agent(zone, { role: 'web' }), await schedulers.agent(zone, { role: 'db' })];
    const pending = await enroll(await schedulers.joinToken(zone, { labels: { role: 'web' } }));
    expect(await resolve({ all: '' })).toEqual([]);
    expect(await resolve({ primary: true })).toEqual([]);
    await first.hello();
    await second.hello();
    await schedulers.primary(zone, (agentId) => agentId === first.agentId);
    expect(await resolve({ all: '' })).toEqual([first.agentId, second.agentId].sort());
    expect(await resolve({ all: 'role=web' })).toEqual([first.agentId]);
    expect(await resolve({ all: 'role=mail' })).toEqual([]);
    expect(await resolve({ any: '' })).toEqual([[first.agentId, second.agentId].sort()[0]]);
    expect(await resolve({ any: 'role=db,hostname=web-1,arch=x64' })).toEqual([second.agentId]);
    expect(await resolve({ primary: true })).toEqual([first.agentId]);
    expect(await resolve({ agent: second.agentId })).toEqual([second.agentId]);
    expect(await resolve({ agent: pending.agentId })).toEqual([]);
    await expect(resolve({ all: 'role=' + '-' })).rejects.toMatchObject({ errors: [{ path: 'target.all' }] });
    await second.ask('goodbye', { session: second.session ?? '', reason: 'stopping' });
    expect(await resolve({ all: '' })).toEqual([first.agentId]);
  }, 20_000);

  it('renews credentials and takes new facts from the current session only', async () => {
    const zone = await schedulers.zone();
    const agent = await schedulers.agent(zone);
    const { session } = await agent.hello();
    const renewed = await agent.ask('renew', { session });
    const claims: unknown = JSON.parse(Buffer.from(renewed.userJwt.split('.')[1] ?? '', 'base64url').toString());
    const exp = Date.parse(renewed.userJwtExpiresAt) / 1000;
    expect(claims).toMatchObject({ name: agent.agentId, sub: agent.publicKey, exp });
    await agent.ask('facts', { session, facts: { ...hostFacts, hostname: 'web-2' }, beaconUrl: 'http://127.0.0.1:18800' });
    const found = await schedulers.rpc('getAgent', { id: agent.agentId });
    expect(found).toMatchObject({ facts: { hostname: 'web-2' }, beaconUrl: 'http://127.0.0.1:18800' });
    const old = { session: newId('session'), facts: hostFacts, beaconUrl: null };
    await expect(agent.ask('facts', old)).rejects.toMatchObject({ code: 'WRONG_SESSION' });
  });
});
