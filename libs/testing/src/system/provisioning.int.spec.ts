import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Source } from '@klevr/contracts/catalogue';
import type { Resource } from '@klevr/contracts/resource';
import { eventually } from '../eventually.js';
import { KlevrSystem } from '../klevr-system.js';
import { type RunningServers, startSharedServers } from '../shared-servers.js';
import { Shelves, World, recipeRepository } from './provisioning.fixture.js';

const whole = { 'volume/data': 1, 'thing/first': 1, 'thing/second': 1 };
/** Each change of an apply that something is to happen in the middle of. */
const slowly = { delayMs: 700 };

/** On servers of its own, since one is stopped. Two workers of one engine, and an agent for scripts. */
describe('a resource in a whole system', () => {
  let servers: RunningServers;
  let system: KlevrSystem;
  let world: World;
  let shelves: Shelves;

  beforeAll(async () => {
    servers = await startSharedServers(() => undefined);
    const source = recipeRepository(join(servers.folder, 'recipes'));
    system = await KlevrSystem.start({
      ...{ servers, folder: join(servers.folder, 'system'), schedulers: 1, provisioners: 1, agents: 1, workers: 2 },
      zoneSettings: { heartbeatSeconds: 1, lostAfterSeconds: 5 },
    });
    [world, shelves] = [new World(system.pretendWorld), new Shelves(system.api, system.zone)];
    await system.api.post<Source>('/catalogue/sources', { name: 'ours', url: await source, ref: { branch: 'main' } });
    await eventually('the source is read', 20_000, async () =>
      (await system.api.get<Source>('/catalogue/sources/ours')).status === 'synced' ? true : undefined,
    );
  }, 120_000);
  afterAll(async () => {
    await system?.stop();
    await servers?.stop();
  }, 60_000);

  /** The worker that carries out the operation, by the name of its process. */
  const workerOf = async (agentId: string | null): Promise<string> => {
    for (const name of ['worker-1', 'worker-2']) if ((await system.agentId(name)) === agentId) return name;
    throw new Error(`no worker is ${agentId}`);
  };

  it('is planned, applied as it was planned, and not touched where it is as it shall be', async () => {
    const { id, status } = await shelves.create('plain');
    expect(status).toBe('new');
    const planned = await shelves.done(id, 'plan');
    expect(planned).toMatchObject({ status: 'succeeded', plan: { summary: { create: 3 } } });
    expect(await world.partsOf(id)).toEqual({});
    expect(await shelves.done(id, 'apply', { plan: planned.id })).toMatchObject({
      status: 'succeeded',
      plan: { digest: planned.plan?.digest },
    });
    expect(await world.partsOf(id)).toEqual(whole);
    expect(await shelves.get(id)).toMatchObject({ status: 'ready', outputs: { count: 3 }, health: { state: 'healthy' }, drift: null });
    expect(await shelves.done(id, 'apply')).toMatchObject({ status: 'succeeded', plan: { summary: { create: 0, none: 3 } } });
  }, 60_000);

  it('is seen to drift by an event of its engine, and heals itself where it shall', async () => {
    const { id } = await shelves.create('drifting');
    await shelves.done(id, 'apply');
    const events = await system.api.follow(`?type=resource.*&subject=${id}`);
    try {
      const told = (type: string) => events.until(type, () => events.events.some(({ event }) => event === type), 20_000);
      await world.take(id, 'thing/first');
      await told('resource.drifted');
      expect(await shelves.get(id)).toMatchObject({ status: 'drifted', drift: { changes: [{ part: 'thing/first', action: 'create' }] } });
      await shelves.change(id, { selfHeal: true });
      await told('resource.healed');
      expect(await world.partsOf(id)).toEqual(whole);
      expect(await shelves.get(id)).toMatchObject({ status: 'ready', drift: null });
    } finally {
      events.hangUp();
    }
  }, 60_000);

  it('is brought to its end by the other worker of its engine where the first is killed in the middle and comes back drained', async () => {
    const { id } = await shelves.create('handed-over', slowly);
    const begun = await shelves.begin(id, 'apply');
    const first = await workerOf((await shelves.inTheMiddle(begun.id)).workerId);
    await system.signal(first, 'SIGKILL');
    // Once it has said that its attempt has ended; without its word, the other one waits for a minute.
    const drained = await system.agentId(first);
    await system.api.tellAgent(drained, 'drain');
    await system.startAgain(first);
    const ended = await shelves.end(begun.id);
    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(await workerOf(ended.workerId)).not.toBe(first);
    expect(await world.partsOf(id)).toEqual(whole);
    await system.api.tellAgent(drained, 'undrain');
  }, 60_000);

  it('is brought to its end by the same worker where there is no other, once it is back', async () => {
    await system.signal('worker-2', 'SIGKILL');
    const { id } = await shelves.create('gone-on', slowly);
    const begun = await shelves.begin(id, 'apply');
    await shelves.inTheMiddle(begun.id);
    await system.killAndStartAgain('worker-1');
    expect(await shelves.end(begun.id)).toMatchObject({ status: 'succeeded' });
    expect(await world.partsOf(id)).toEqual(whole);
    expect((await shelves.get(id)).status).toBe('ready');
    await system.startAgain('worker-2');
  }, 60_000);

  it('gets what it shall be while the provisioner is killed and NATS restarts in the middle', async () => {
    const { id } = await shelves.create('unshaken', slowly);
    const begun = await shelves.begin(id, 'apply');
    await shelves.inTheMiddle(begun.id);
    await Promise.all([system.killAndStartAgain('provisioner-1'), servers.restart('nats', 'stopped', 300)]);
    expect(await shelves.end(begun.id)).toMatchObject({ status: 'succeeded' });
    expect(await world.partsOf(id)).toEqual(whole);
    expect(await shelves.get(id)).toMatchObject({ status: 'ready', appliedRevision: 1 });
  }, 60_000);

  it('stops where it is canceled, keeps its data where it is destroyed, and is gone where the data goes too', async () => {
    const { id } = await shelves.create('short-lived', { delayMs: 1_500 });
    const begun = await shelves.begin(id, 'apply');
    await shelves.inTheMiddle(begun.id);
    await shelves.cancel(begun.id);
    expect(await shelves.end(begun.id)).toMatchObject({ status: 'canceled' });
    expect(Object.keys(await world.partsOf(id)).length).toBeLessThan(3);
    await shelves.change(id, { parameters: { size: 2 } });
    expect(await shelves.done(id, 'apply')).toMatchObject({ status: 'succeeded' });
    expect(await world.partsOf(id)).toEqual({ 'volume/data': 1, 'thing/first': 2, 'thing/second': 2 });
    expect(await shelves.done(id, 'destroy')).toMatchObject({ status: 'succeeded', plan: { summary: { delete: 2, keep: 1 } } });
    expect(await world.partsOf(id)).toEqual({ 'volume/data': 1 });
    expect((await shelves.get(id)).status).toBe('destroyed');
    expect(await shelves.done(id, 'destroy', { deleteData: true })).toMatchObject({ status: 'succeeded' });
    expect(await world.partsOf(id)).toEqual({});
    await system.api.delete(`/resources/${id}`);
    expect((await system.api.raw('GET', `/resources/${id}`)).status).toBe(404);
  }, 60_000);

  it('is made by scripts on an agent, where its recipe is one of scripts, and watched by them', async () => {
    const [file, text] = [join(servers.folder, 'note'), `it's "$(reboot)"; rm -rf \\ {{ 1 }}\n`];
    const { id } = await shelves.create('noted', { file, text }, { recipe: { source: 'ours', name: 'note' } });
    expect(await shelves.done(id, 'apply')).toMatchObject({ status: 'succeeded', steps: [{ part: 'script', state: 'done' }] });
    expect(await readFile(file, 'utf8')).toBe(text);
    const agentId = await system.agentId('agent-1');
    const seen = (what: string, fits: (resource: Resource) => boolean) =>
      eventually(what, 30_000, async () => {
        const resource = await shelves.get(id);
        return fits(resource) ? resource : undefined;
      });
    const ready = await seen('it was looked at', ({ observed }) => observed !== null);
    expect(ready).toMatchObject({ status: 'ready', outputs: { bytes: text.length }, placement: { engine: agentId, workerId: agentId } });
    await rm(file);
    await shelves.done(id, 'refresh');
    expect(await shelves.get(id)).toMatchObject({ status: 'drifted', drift: { changes: [{ part: 'file/note' }] } });
    await shelves.change(id, { selfHeal: true });
    await seen('it is mended', ({ status, drift }) => status === 'ready' && drift === null);
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await shelves.done(id, 'destroy')).toMatchObject({ status: 'succeeded' });
    await expect(readFile(file)).rejects.toThrow(/ENOENT/);
  }, 90_000);
});
