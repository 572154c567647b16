import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Enrolled, credentialsProof } from '@klevr/contracts/agent';
import { type AgentKeys, createAgentKeys } from '@klevr/messaging/auth/agent-keys';
import { eventually } from '../eventually.js';
import type { KlevrSystem } from '../klevr-system.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

describe('what operators do, over REST', () => {
  let opened: SystemBed;
  let system: KlevrSystem;

  beforeAll(async () => {
    opened = await openSystemBed({ agents: 2, schedulers: 2 });
    system = opened.system;
  }, 120_000);
  afterAll(async () => {
    await opened?.close();
  }, 60_000);

  it('changes a zone only as it was read', async () => {
    const { api, zone } = system;
    const read = await api.raw('GET', `/zones/${zone}`);
    const tag = read.headers.get('etag') ?? '';
    const first = await api.raw('PATCH', `/zones/${zone}`, { labels: { a: '1' } }, { 'if-match': tag });
    expect(first.status).toBe(200);
    expect(first.headers.get('etag')).not.toBe(tag);
    const second = await api.raw('PATCH', `/zones/${zone}`, { labels: { a: '2' } }, { 'if-match': tag });
    expect(second.status).toBe(412);
    expect((await api.zone(zone)).labels).toEqual({ a: '1' });
  });

  it('drains an agent and gives it work again, each with its event', async () => {
    const { api, zone } = system;
    const [agent] = await api.agents(zone);
    const id = agent?.id ?? '';
    const events = await api.follow(`?subject=${id}&type=host.*`);
    expect((await api.tellAgent(id, 'drain')).drained).toBe(true);
    expect((await api.tellAgent(id, 'undrain')).drained).toBe(false);
    await events.until('both are told', () => {
      const types = events.events.map(({ event }) => event);
      return types.includes('host.drained') && types.includes('host.undrained');
    });
    events.hangUp();
    await system.settled();
  });

  it('lets Prometheus find the beacons of all agents', async () => {
    const { api, zone } = system;
    const targets = await api.get<{ targets: string[]; labels: Record<string, string> }[]>(`/prometheus/targets?zone=${zone}`);
    const agents = await api.agents(zone);
    expect(targets.map(({ labels }) => String(labels['__meta_klevr_agent'])).sort()).toEqual(agents.map(({ id }) => id).sort());
    for (const { targets: [target] = [] } of targets) expect((await fetch(`http://${target}/metrics`)).status).toBe(200);
  });

  it('refuses the cursor that no page told, and a selector that is none, in every list', async () => {
    const { api, zone } = system;
    const task = await api.createTask({ name: 'n', zone, target: { all: '' }, steps: [{ name: 's', use: 'Noop' }] });
    const lists = [
      '/zones',
      '/agents',
      '/incidents',
      '/tasks',
      `/zones/${zone}/join-tokens`,
      `/zones/${zone}/primary/history`,
      `/tasks/${task.id}/runs`,
    ];
    const questions = lists.flatMap((list) =>
      ['x', '%F0%9F%98%80', '-1', 'eyJhIjoxfQ', '0'.repeat(256)].map((cursor) => `${list}?cursor=${cursor}`),
    );
    const asked = [...questions, '/agents?label=%3D%3D', '/agents?label=a%20in%20('].map(async (path) => {
      const { status, headers } = await api.raw('GET', path);
      return { path, status, type: headers.get('content-type') };
    });
    const answers = await Promise.all(asked);
    expect(answers).toEqual(answers.map(({ path }) => ({ path, status: 400, type: 'application/problem+json; charset=utf-8' })));
  });

  describe('with an agent that waits for its approval', () => {
    let keys: AgentKeys;
    let enrolled: Enrolled;

    const ask = (waitSeconds: number): Promise<Response> => {
      const atMs = Date.now();
      return system.api.raw('POST', `/agents/${enrolled.agentId}/credentials`, {
        atMs,
        signature: keys.sign(credentialsProof(enrolled.agentId, atMs)),
        waitSeconds,
      });
    };

    it('gives it nothing until an operator lets it in, and then at once', async () => {
      const { api, zone } = system;
      const { token } = await api.createJoinToken(zone, { approval: true });
      const [neighbour] = await api.agents(zone);
      const host = { ...neighbour?.facts, machineId: 'another' };
      keys = createAgentKeys();
      const publicKey = keys.publicKey;
      enrolled = await api.post<Enrolled>('/enroll', {
        joinToken: token,
        publicKey,
        host: { ...host, machineId: 'another' },
        version: '0.1.0',
      });
      expect(enrolled.userJwt).toBeNull();
      expect((await api.agent(enrolled.agentId)).status).toBe('pending');
      expect((await ask(0)).status).toBe(409);
      const waiting = ask(30);
      await eventually('it is held', 5_000, async () => ((await ask(0)).status === 409 ? true : undefined));
      const approvedAt = performance.now();
      await api.tellAgent(enrolled.agentId, 'approve');
      const answer = await waiting;
      expect(answer.status).toBe(201);
      expect(performance.now() - approvedAt).toBeLessThan(2_000);
      expect(await answer.json()).toMatchObject({ userJwt: expect.stringMatching(/^ey/) });
    });

    it('tells it to give up once it is removed', async () => {
      await system.api.removeAgent(enrolled.agentId);
      expect((await ask(30)).status).toBe(410);
    });
  });

  it('removes a zone with agents only by force; they stop', async () => {
    const { api, zone } = system;
    const events = await api.follow('?type=host.zoneDeleted,host.removed');
    expect((await api.raw('DELETE', `/zones/${zone}`)).status).toBe(409);
    await api.deleteZone(zone, true);
    await events.until('the end of the zone is told', () => events.events.some(({ event }) => event === 'host.zoneDeleted'));
    events.hangUp();
    expect((await api.raw('GET', `/zones/${zone}`)).status).toBe(404);
    for (const name of ['agent-1', 'agent-2']) {
      await eventually(`${name} ends`, 10_000, () => (system.lives(name) ? undefined : true));
    }
  }, 30_000);
});
