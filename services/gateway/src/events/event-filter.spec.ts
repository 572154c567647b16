import { describe, expect, it } from '@jest/globals';
import { ids } from '../samples.fixture.js';
import { FollowEvents, eventFilter } from './event-filter.js';
import { gapEventOf, storedEventOf } from './stored-event.js';

const eventOf = (type: string, zoneId = 'zone_a', subjectId = 'agt_a') => {
  const event = storedEventOf({ seq: 7, subject: 's', bytes: Buffer.from(JSON.stringify({ type, zoneId, subjectId, data: { n: 1 } })) });
  if (event === undefined) throw new Error('it is no event');
  return event;
};

describe('the filter of events', () => {
  it('lets everything through without conditions', () => {
    expect(eventFilter({})(eventOf('task.status'))).toBe(true);
  });

  it('takes types by name and by topic', () => {
    const matches = eventFilter({ type: 'host.*,primary.ready' });
    expect(['host.lost', 'host.zoneChanged', 'primary.ready', 'primary.ended', 'hosts.lost'].map((type) => matches(eventOf(type)))).toEqual(
      [true, true, true, false, false],
    );
  });

  it('needs every condition', () => {
    const matches = eventFilter({ zoneId: 'zone_a', subject: 'agt_a', type: 'host.lost' });
    const events = [eventOf('host.lost'), eventOf('host.lost', 'zone_b'), eventOf('host.lost', 'zone_a', 'agt_b'), eventOf('host.left')];
    expect(events.map(matches)).toEqual([true, false, false, false]);
  });

  it('lets nothing through of zones that the reader may not see', () => {
    const zones = ['zone_a', 'zone_b', 'zone_c'].map((zone) => eventOf('host.lost', zone));
    expect(zones.map(eventFilter({ scope: ['zone_a', 'zone_c'] }))).toEqual([true, false, true]);
    expect(zones.map(eventFilter({ scope: ['zone_a'], zoneId: 'zone_b' }))).toEqual([false, false, false]);
    expect(zones.map(eventFilter({ scope: [] }))).toEqual([false, false, false]);
  });

  it('holds no gap back', () => {
    expect(eventFilter({ zoneId: 'zone_a', type: 'run.*' })(gapEventOf({ from: 1, to: 2, reason: 'expired' }))).toBe(true);
  });

  it('names each type that there is none of', () => {
    const faults = FollowEvents.safeParse({ type: 'host.*,hots.lost,,*,run.status' }).error?.issues.map(({ message }) => message) ?? [];
    expect(faults.map((message) => message.split(' ', 1)[0])).toEqual(['"hots.lost"', '""', '"*"']);
  });

  it.each([ids.agent, ids.zone, ids.incident, ids.task, ids.run])('takes %s as a subject', (subject) => {
    expect(FollowEvents.safeParse({ subject }).success).toBe(true);
  });
});

describe('an event as it is sent', () => {
  it('has its id, type and data on lines of their own', () => {
    expect(eventOf('host.lost').frame.toString()).toBe(
      'id: 7\nevent: host.lost\ndata: {"type":"host.lost","zoneId":"zone_a","subjectId":"agt_a","data":{"n":1}}\n\n',
    );
  });

  it('keeps line breaks inside its data', () => {
    const text = '{\n"type":"run.status","zoneId":"z","subjectId":"s","data":{"text":"a\\nb\\r\\nevent: x"}}';
    const frame = storedEventOf({ seq: 1, subject: 's', bytes: Buffer.from(text) })?.frame.toString() ?? '';
    expect(frame.split(/\r\n|\r|\n/)).toHaveLength(5);
    expect(frame).toContain('a\\nb\\r\\nevent: x');
  });

  it.each(['', 'no json', '{}', '[]', '{"type":"host.lost\\nid: 9","zoneId":"z","subjectId":"s"}'])('is not made of %j', (text) => {
    expect(storedEventOf({ seq: 1, subject: 's', bytes: Buffer.from(text) })).toBeUndefined();
  });
});
