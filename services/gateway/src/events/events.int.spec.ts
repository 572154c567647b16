import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { EventClient } from '@klevr/testing/event-client';
import { eventually } from '@klevr/testing/eventually';
import { Callers } from '../access/callers.fixture.js';
import { GatewayBed } from '../gateway.fixture.js';
import { ids, zone } from '../samples.fixture.js';

import { EventLimits } from './event-limits.js';

class TestLimits extends EventLimits {
  override readonly heartbeatMs = 200;
}

describe('GET /events', () => {
  let gateway: GatewayBed;
  const clients: EventClient[] = [];

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start({}, new TestLimits());
    await gateway.signIn();
  }, 60_000);

  afterEach(() => {
    for (const client of clients.splice(0)) client.hangUp();
  });

  afterAll(async () => {
    await gateway.close();
  });

  const follow = async (search = '', lastEventId?: string): Promise<EventClient> => {
    const client = await EventClient.open(gateway.origin, search, {
      token: gateway.token,
      ...(lastEventId === undefined ? {} : { lastEventId }),
    });
    clients.push(client);
    return client;
  };

  it('tells what happens from now on: id, type and the event as JSON', async () => {
    await gateway.publish();
    const client = await follow();
    expect([client.status, client.contentType]).toEqual([200, 'text/event-stream']);
    await client.begun();
    const before = Number(client.lastId);
    const sent = [await gateway.publish({ type: 'host.lost' }), await gateway.publish({ type: 'primary.ready' })];
    await client.until('two events', () => client.events.length === 2);
    expect(client.events).toEqual([
      { id: String(before + 1), event: 'host.lost', data: sent[0] },
      { id: String(before + 2), event: 'primary.ready', data: sent[1] },
    ]);
  });

  it('resumes behind the last event that was received, by header or by query, the header first', async () => {
    const client = await follow();
    await client.begun();
    const start = client.lastId ?? '';
    const sent = [await gateway.publish(), await gateway.publish({ type: 'host.left' }), await gateway.publish({ type: 'host.lost' })];
    for (const resumed of [await follow('', start), await follow(`?lastEventId=${start}`), await follow('?lastEventId=0', start)]) {
      await resumed.until('three events', () => resumed.events.length === 3);
      expect(resumed.events.map(({ data }) => data)).toEqual(sent);
    }
  });

  it('tells only what the filters let through, and moves the place on by the rest', async () => {
    const [other, subject] = [newId('zone'), newId('agent')];
    const searches = ['?type=primary.*', '?type=host.lost,primary.ready', `?zone=${other}`, '?zone=demo', `?subject=${subject}`];
    gateway.answer(schedulerRpc.getZone, () => zone);
    const followers = await Promise.all(searches.map((search) => follow(search)));
    for (const client of followers) await client.begun();
    await gateway.publish({ type: 'host.lost' });
    await gateway.publish({ type: 'primary.ready', zoneId: other });
    await gateway.publish({ type: 'primary.ended', subjectId: subject });
    const all = await follow('', String(Number(followers[0]?.lastId) - 0));
    const last = await gateway.publish({ type: 'host.left', subjectId: newId('agent'), zoneId: newId('zone') });
    await all.until('the last event', () => JSON.stringify(all.events.at(-1)?.data) === JSON.stringify(last));
    const end = all.lastId;
    for (const client of followers) await client.until('the place behind the last event', () => client.lastId === end);
    expect(followers.map(({ events }) => events.map(({ event }) => event))).toEqual([
      ['primary.ready', 'primary.ended'],
      ['host.lost', 'primary.ready'],
      ['primary.ready'],
      ['host.lost', 'primary.ended'],
      ['primary.ended'],
    ]);
  });

  it('tells those who may see some zones of these alone, and ends when that changes', async () => {
    const [own, foreign] = [newId('zone'), newId('zone')];
    const callers = await Callers.open(gateway.bed.databaseUrl);
    const { id, token } = await callers.user([{ role: 'viewer', zones: [own] }]);
    const admin = gateway.token;
    const hidden = await gateway.send('GET', `/api/v1/events?zone=${foreign}`, { token });
    expect([hidden.status, hidden.json]).toMatchObject([404, { detail: 'There is no such zone' }]);
    const restricted = await EventClient.open(gateway.origin, '', { token });
    clients.push(restricted);
    await restricted.begun();
    await gateway.publish({ zoneId: foreign });
    const seen = await gateway.publish({ zoneId: own });
    await gateway.publish({ zoneId: foreign });
    await restricted.until('its event', () => restricted.events.length > 0);
    expect(restricted.events.map(({ data }) => data)).toEqual([seen]);
    const revision = { 'if-match': '"1"' };
    const changed = await gateway.send('PATCH', `/api/v1/users/${id}`, { token: admin, headers: revision, body: { grants: [] } });
    expect(changed.status).toBe(200);
    await restricted.until('the end', () => restricted.hasEnded);
    expect(restricted.events.slice(1)).toMatchObject([{ event: 'end', data: { reason: 'sessionEnded' } }]);
    await callers.close();
  });

  it('names every fault of the question at once', async () => {
    const answer = await gateway.send('GET', '/api/v1/events?zone=A&type=host.*,moon.*,x&subject=1&lastEventId=-1&colour=red', {
      headers: { 'last-event-id': 'abc' },
    });
    expect(answer.status).toBe(400);
    const { errors } = answer.json as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path).sort()).toEqual(['Last-Event-ID', 'colour', 'lastEventId', 'subject', 'type', 'type', 'zone']);
  });

  it('needs a session, and answers HEAD without following', async () => {
    expect((await gateway.send('GET', '/api/v1/events', { token: '' })).status).toBe(401);
    const head = await gateway.send('HEAD', '/api/v1/events');
    expect([head.status, head.headers.get('content-type'), head.text]).toEqual([200, 'text/event-stream', '']);
  });

  it('sends a sign of life when nothing happens', async () => {
    const client = await follow(`?subject=${ids.task}`);
    await client.until('two heartbeats', () => client.comments >= 2);
    expect(client.events).toEqual([]);
  });

  it('ends with the session, and says so', async () => {
    const token = await gateway.signIn();
    const client = await EventClient.open(gateway.origin, '', { token });
    await client.begun();
    await gateway.signIn();
    expect((await gateway.send('DELETE', '/api/v1/sessions/current', { token })).status).toBe(204);
    await client.until('the end', () => client.hasEnded);
    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { reason: 'sessionEnded' } });
  });

  it('ends with a sign-out at another replica within seconds', async () => {
    await gateway.start({}, new TestLimits());
    const token = await gateway.signIn();
    const client = await EventClient.open(gateway.origin, '', { token });
    await client.begun();
    await gateway.signIn();
    expect((await gateway.send('DELETE', '/api/v1/sessions/current', { token, replica: 1 })).status).toBe(204);
    await client.until('the end', () => client.hasEnded);
    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { reason: 'sessionEnded' } });
  }, 20_000);

  it('keeps no place for who hangs up', async () => {
    const open = async (): Promise<number> =>
      Number(/^klevr_event_streams (\d+)/m.exec((await gateway.send('GET', '/metrics', { token: '' })).text)?.[1]);
    const client = await follow();
    await client.begun();
    expect(await open()).toBeGreaterThan(0);
    client.hangUp();
    await eventually('the place is free', 5_000, async () => ((await open()) === 0 ? true : undefined));
  });
});
