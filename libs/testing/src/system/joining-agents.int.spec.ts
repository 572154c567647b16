import { cp, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AgentStatus } from '@klevr/contracts/agent';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '../eventually.js';
import type { KlevrSystem } from '../klevr-system.js';
import { LoneAgent } from './lone-agent.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

describe('agents that come and go, with a whole Klevr', () => {
  let opened: SystemBed;
  let system: KlevrSystem;
  let folder: string;
  let started: LoneAgent[] = [];

  beforeAll(async () => {
    opened = await openSystemBed({ agents: 1, schedulers: 2 });
    system = opened.system;
  }, 120_000);
  beforeEach(() => {
    folder = join(opened.bed.folder, newId('agent'));
  });
  afterEach(async () => {
    await Promise.all(started.map((agent) => agent.end()));
    started = [];
  });
  afterAll(() => opened?.close(), 60_000);

  const start = (joinToken?: string, from = folder): LoneAgent => {
    const agent = LoneAgent.spawn(system, from, joinToken);
    started.push(agent);
    return agent;
  };
  const joined = async (): Promise<{ agent: LoneAgent; id: string; token: string }> => {
    const { token } = await system.api.createJoinToken(system.zone, { maxUses: 5 });
    const agent = start(token);
    await agent.line('ready');
    const id = await agent.id();
    await becomes(id, 'online');
    return { agent, id, token };
  };
  const becomes = (id: string, status: AgentStatus): Promise<true> =>
    eventually(`${id} is ${status}`, 15_000, async () => (await system.api.agent(id)).status === status || undefined);

  it('wait for approval and are online a moment after it', async () => {
    const { token } = await system.api.createJoinToken(system.zone, { approval: true });
    const agent = start(token);
    const id = await agent.id();
    await becomes(id, 'pending');
    expect(await agent.status()).toMatchObject({ state: 'pending', agentId: id, session: null });
    const approvedMs = performance.now();
    await system.api.tellAgent(id, 'approve');
    await agent.line('ready', 5_000);
    expect(performance.now() - approvedMs).toBeLessThan(3_000);
    await becomes(id, 'online');
    expect(await agent.status()).toMatchObject({ state: 'online', drained: false });
  }, 60_000);

  it('know at once that they are drained', async () => {
    const { agent, id } = await joined();
    await system.api.tellAgent(id, 'drain');
    await eventually('its beacon says so', 5_000, async () => (await agent.status())['drained'] === true || undefined);
    expect(await agent.status()).toMatchObject({ state: 'online', drained: true });
  }, 60_000);

  it('end when they are removed, and come back as others with a new token alone', async () => {
    const { agent, id, token } = await joined();
    const removedMs = performance.now();
    await system.api.removeAgent(id);
    expect(await agent.exited).toBe(0);
    expect(performance.now() - removedMs).toBeLessThan(8_000);
    await agent.line('this agent was removed and has ended; a new join token is needed to join again');
    expect(await readdir(folder)).toEqual([`removed-${id}`, 'removed.json']);
    for (const spent of [undefined, token]) {
      const again = start(spent);
      expect(await again.exited).toBe(78);
      expect(again.errors).toContain('a new join token is needed');
    }
    const { token: fresh } = await system.api.createJoinToken(system.zone);
    const next = start(fresh);
    await next.line('ready');
    expect(await next.id()).not.toBe(id);
  }, 60_000);

  it('that were away when they were removed learn it from the gateway when they are back', async () => {
    const { agent, id } = await joined();
    await agent.end();
    await system.api.removeAgent(id);
    const back = start();
    expect(await back.exited).toBe(0);
    await back.line('this agent was removed and has ended; a new join token is needed to join again');
  }, 60_000);

  it('with one identity are told apart: the second is a clone until the first is gone', async () => {
    const { agent: first, id } = await joined();
    await cp(folder, `${folder}-clone`, { recursive: true });
    const second = start(undefined, `${folder}-clone`);
    await eventually('it knows that it is a clone', 10_000, async () => (await second.status())['state'] === 'clone' || undefined);
    expect(String((await second.status())['detail'])).toContain(id);
    expect(await first.status()).toMatchObject({ state: 'online' });
    const task = { name: 'n', zone: system.zone, target: { agent: id }, steps: [{ name: 's', run: 'true' }] };
    for (let round = 0; round < 5; round += 1) {
      const { id: taskId } = await system.api.createTask(task);
      expect((await system.api.taskEnd(taskId)).status).toBe('succeeded');
    }
    expect((await second.status())['state']).toBe('clone');
    first.kill('SIGTERM');
    await first.exited;
    await second.line('ready', 30_000);
    const { id: taskId } = await system.api.createTask(task);
    expect((await system.api.taskEnd(taskId)).status).toBe('succeeded');
  }, 90_000);

  it('whose host is about to sleep are suspended, and online when it is awake', async () => {
    const { agent, id } = await joined();
    agent.kill('SIGUSR2');
    await becomes(id, 'suspended');
    expect(await agent.status()).toMatchObject({ state: 'suspending' });
    agent.kill('SIGCONT');
    await becomes(id, 'online');
  }, 60_000);

  it('take a changed setting within a second', async () => {
    await joined();
    const changedMs = performance.now();
    await system.api.updateZone(system.zone, { settings: { heartbeatSeconds: 2.5 } });
    await eventually(
      'it has the setting',
      5_000,
      async () => (await readFile(join(folder, 'identity.json'), 'utf8')).includes('"heartbeatSeconds": 2.5') || undefined,
    );
    expect(performance.now() - changedMs).toBeLessThan(1_000);
  }, 60_000);
});
