import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers, actor } from '../scheduler.fixture.js';
import { IncidentsStore } from './incidents.store.js';
import type { TestAgent } from '../test-agent.fixture.js';

describe('the guard against mass loss', () => {
  let schedulers: Schedulers;
  let events: Event[];
  // Each in a fleet of its own: who went in the test before would count for a minute.
  beforeEach(async () => {
    schedulers = await Schedulers.open(2);
    events = [];
    const bus = await schedulers.bed.serviceBus('scheduler');
    bus.subscribe(subjects.event.wildcard({ topic: 'host' }), (message) => events.push(Event.parse(message.json())));
  }, 60_000);
  afterEach(() => schedulers.close(), 30_000);

  const online = async (zone: string, count: number): Promise<TestAgent[]> => {
    const agents = [];
    for (let index = 0; index < count; index++) agents.push(await schedulers.agent(zone));
    for (const agent of agents) await agent.hello();
    return agents;
  };
  const counts = async (zone: string) => (await schedulers.rpc('getZone', { zone })).agents;
  const incident = (zone: string, open: boolean) =>
    eventually(`an incident, open: ${open}`, 10_000, async () => (await schedulers.rpc('listIncidents', { zone, open })).items[0]);
  const typesOf = (id: string): string[] => events.filter(({ subjectId }) => subjectId === id).map(({ type }) => type);

  it('declares nobody lost while many went at once, and ends when they are back; elections go on', async () => {
    const zone = await schedulers.zone({ lostAfterSeconds: 1 });
    const agents = await online(zone, 7);
    const primary = await schedulers.primary(zone, () => true);
    const gone = [
      ...agents.filter(({ agentId }) => agentId === primary.agentId),
      ...agents.filter(({ agentId }) => agentId !== primary.agentId),
    ].slice(0, 5);
    for (const agent of gone) await agent.kill();
    const open = await incident(zone, true);
    expect(open).toMatchObject({ zoneId: zone, cause: 'massLoss', gone: 5, of: 7, closedAt: null });
    await schedulers.primary(zone, (agentId, epoch) => agentId !== primary.agentId && epoch > primary.epoch);
    // Another zone's agent shows that graces end meanwhile.
    const other = await schedulers.zone({ lostAfterSeconds: 1 });
    const [alone] = (await online(other, 1)) as [TestAgent];
    await alone.kill();
    await eventually('a loss elsewhere', 10_000, async () => ((await counts(other)).lost === 1 ? true : undefined));
    expect(await counts(zone)).toMatchObject({ suspect: 5, lost: 0, online: 2 });
    for (const agent of gone.slice(0, 4)) {
      await agent.restart();
      await agent.hello();
    }
    const closed = await incident(zone, false);
    expect(closed).toMatchObject({ id: open.id, closeCause: 'recovered', closedBy: null });
    await eventually('the loss of the one that stayed away', 10_000, async () => ((await counts(zone)).lost === 1 ? true : undefined));
    expect(typesOf(open.id)).toEqual(['host.incidentOpened', 'host.incidentClosed']);
  }, 40_000);

  it('is closed by an operator once, after which graces begin anew', async () => {
    const zone = await schedulers.zone({ lostAfterSeconds: 2 });
    for (const agent of await online(zone, 5)) await agent.kill();
    const { id } = await incident(zone, true);
    const idempotency = { key: id, scope: 'usr_test POST /x', digest: 'd' };
    const closed = await schedulers.rpc('closeIncident', { actor, id, idempotency });
    expect(closed).toMatchObject({ id, closeCause: 'operator', closedBy: actor.username });
    await expect(schedulers.rpc('closeIncident', { actor, id, idempotency })).resolves.toEqual(closed);
    await expect(schedulers.rpc('closeIncident', { actor, id })).rejects.toMatchObject({ code: 'WRONG_STATE' });
    await expect(schedulers.rpc('closeIncident', { actor, id: newId('incident') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // A replica that was slow with the same losses comes too late to open another.
    const store = schedulers.replica(1).get(IncidentsStore);
    const slow = { zoneId: zone, cause: 'massLoss' as const, detail: '5 of 5', gone: 5, of: 5, at: new Date(), zones: [zone] };
    expect(await store.open({ ...slow, since: new Date(Date.parse(closed.openedAt) - 1_000) })).toBeUndefined();
    await eventually('all are lost', 15_000, async () => ((await counts(zone)).lost === 5 ? true : undefined));
    const lost = events.filter(({ type, zoneId }) => type === 'host.lost' && zoneId === zone).map(({ time }) => Date.parse(time));
    expect(Math.min(...lost) - Date.parse(closed.closedAt ?? '')).toBeGreaterThanOrEqual(2_000);
    expect((await schedulers.rpc('listIncidents', { zone })).items).toHaveLength(1);
  }, 40_000);

  it('is listed to those of its zone; one of the fleet to those only who may see all of it', async () => {
    const store = schedulers.replica(0).get(IncidentsStore);
    const [zone, other] = [newId('zone'), newId('zone')];
    const at = new Date();
    const made = { cause: 'massLoss' as const, detail: '5 of 5', gone: 5, of: 5, at, since: at, zones: [] };
    const ids: (string | undefined)[] = [];
    for (const zoneId of [zone, null, other]) {
      const opened = await store.open({ ...made, zoneId });
      ids.push(opened?.id);
      await store.close({ id: opened?.id ?? '', cause: 'recovered', by: null, at: new Date(), zones: [] });
    }
    const list = async (request: object) => (await schedulers.rpc('listIncidents', request)).items.map(({ id }) => id);
    expect(await list({ limit: 3 })).toEqual(ids.toReversed());
    expect(await list({ scope: [zone] })).toEqual([ids[0]]);
    expect(await list({ scope: [zone, other] })).toEqual([ids[2], ids[0]]);
    expect(await list({ scope: [zone, other], cursor: Buffer.from(ids[2] ?? '').toString('base64url') })).toEqual([ids[0]]);
    expect(await list({ scope: [zone, other], open: true })).toEqual([]);
    expect(await list({ scope: [] })).toEqual([]);
  });

  it('leaves a few losses alone', async () => {
    const zone = await schedulers.zone({ lostAfterSeconds: 1 });
    const agents = await online(zone, 5);
    for (const agent of agents.slice(0, 4)) await agent.kill();
    await eventually('four losses', 20_000, async () => ((await counts(zone)).lost === 4 ? true : undefined));
    expect((await schedulers.rpc('listIncidents', { zone })).items).toEqual([]);
  }, 40_000);
});
