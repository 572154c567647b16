import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Event } from '@klevr/contracts/event';
import { streams } from '@klevr/contracts/streams';
import { subjects } from '@klevr/contracts/subjects';
import { StreamFeed } from '@klevr/messaging/stream-feed';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers, actor } from '../scheduler.fixture.js';

describe('a zone without a primary', () => {
  let schedulers: Schedulers;
  let feed: StreamFeed;
  const events: Event[] = [];
  beforeAll(async () => {
    schedulers = await Schedulers.open(2);
    const message = ({ bytes }: { bytes: Uint8Array }): unknown => events.push(Event.parse(JSON.parse(Buffer.from(bytes).toString())));
    const handler = { message, following: () => undefined, gap: () => undefined, broken: () => undefined };
    const subject = subjects.event.wildcard({ topic: 'primary' });
    feed = new StreamFeed({ bus: schedulers.gateway, stream: streams.events.name, subject, backlog: 0, handler });
  }, 60_000);
  afterAll(async () => {
    feed.stop();
    await schedulers.close();
  }, 30_000);

  const absent = (zone: string): Event[] => events.filter(({ type, zoneId }) => type === 'primary.absent' && zoneId === zone);
  const alarm = (zone: string): Promise<Event> => eventually(`the alarm of ${zone}`, 10_000, () => absent(zone)[0]);
  const headless = async (zone: string) => (await schedulers.rpc('getZone', { zone })).headless;

  it('says that none of its agents may lead, and raises one alarm', async () => {
    // Longer than it takes its agents to join.
    const zone = await schedulers.zone({ headlessAlarmSeconds: 3 });
    expect(await headless(zone)).toMatchObject({ reason: 'noAgents' });
    const [never, drained] = [await schedulers.agent(zone, { primary: 'never' }), await schedulers.agent(zone)];
    await never.hello();
    await drained.hello();
    await schedulers.primary(zone, (agentId) => agentId === drained.agentId);
    expect(await headless(zone)).toBeNull();
    await schedulers.rpc('drainAgent', { actor, id: drained.agentId });
    const { data } = await alarm(zone);
    expect(data).toMatchObject({ reason: 'nobodyMayLead', lastPrimary: { agentId: drained.agentId } });
    expect(await headless(zone)).toMatchObject({
      reason: 'nobodyMayLead',
      detail: '2 agents online, and none may lead: 1 labelled primary=never, 1 drained',
      since: expect.any(String),
    });
    await schedulers.rpc('undrainAgent', { actor, id: drained.agentId });
    await schedulers.primary(zone, (agentId) => agentId === drained.agentId);
    expect(await headless(zone)).toBeNull();
  }, 30_000);

  it('of one agent leads itself, and says so when that one is gone; each absence is told once by all replicas', async () => {
    // Longer than it takes its agents to join.
    const zone = await schedulers.zone({ headlessAlarmSeconds: 3 });
    const agent = await schedulers.agent(zone);
    await agent.hello();
    const { epoch } = await schedulers.primary(zone, (agentId) => agentId === agent.agentId);
    await agent.kill();
    expect((await alarm(zone)).data).toMatchObject({ reason: 'nobodyOnline', lastPrimary: { agentId: agent.agentId, epoch } });
    // A later alarm of another zone shows that the other replica's has come and gone.
    const other = await schedulers.zone({ headlessAlarmSeconds: 1 });
    await (await schedulers.agent(other, { primary: 'never' })).hello();
    await alarm(other);
    expect(absent(zone)).toHaveLength(1);
    expect(await headless(zone)).toMatchObject({ reason: 'nobodyOnline', since: expect.any(String) });
    await agent.restart();
    await agent.hello();
    await schedulers.primary(zone, (_agentId, now) => now > epoch);
    expect(await headless(zone)).toBeNull();
  }, 30_000);

  it('that nobody has joined raises no alarm, until an agent that may not lead is there', async () => {
    const [empty, shown] = [await schedulers.zone({ headlessAlarmSeconds: 1 }), await schedulers.zone({ headlessAlarmSeconds: 2 })];
    await (await schedulers.agent(shown, { primary: 'never' })).hello();
    await alarm(shown);
    expect(absent(empty)).toEqual([]);
    await (await schedulers.agent(empty, { primary: 'never' })).hello();
    expect((await alarm(empty)).data).toMatchObject({ reason: 'nobodyMayLead', lastPrimary: null });
  }, 30_000);
});
