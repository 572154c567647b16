import { describe, expect, it } from '@jest/globals';
import { Room, type Taken } from './room.js';

const on = (agentId: string | null, concurrencyKey: string | null = null): { agentId: string | null; concurrencyKey: string | null } => ({
  agentId,
  concurrencyKey,
});
const roomWith = (...taken: Taken[]): Room => new Room({ zone: 4, perHost: 2 }, taken);

describe('the room for more runs', () => {
  it('is what the zone has left, and never less than none', () => {
    expect(roomWith({ ...on('a'), count: 1 }, { ...on('b'), count: 2 }).free).toBe(1);
    expect(roomWith({ ...on('a'), count: 9 }).free).toBe(0);
    expect(roomWith({ ...on('a'), count: 2 }, { ...on('b'), count: 2 }).whyFull(on('c'))).toBe('ZONE_BUSY');
  });

  it('ends at the limit of each host', () => {
    const room = roomWith({ ...on('a'), count: 1 });
    expect(room.whyFull(on('a'))).toBeNull();
    room.take(on('a'));
    expect([room.whyFull(on('a')), room.whyFull(on('b')), room.whyFull(on(null))]).toEqual(['HOST_BUSY', null, null]);
    expect(room.fullHosts()).toEqual(['a']);
  });

  it('ends at the capacity of each key, which is one unless it was learned', () => {
    const room = roomWith({ ...on('a', 'db'), count: 1 });
    expect([room.whyFull(on('b', 'db')), room.whyFull(on('b', 'other'))]).toEqual(['CONCURRENCY_KEY', null]);
    room.learn(new Map([['db', 2]]));
    expect(room.whyFull(on('b', 'db'))).toBeNull();
    room.take(on('b', 'db'));
    expect(room.fullKeys()).toEqual(['db']);
  });

  it('has nothing for a key of which nothing is left', () => {
    const room = roomWith();
    room.learn(new Map([['db', 0]]));
    expect([room.whyFull(on('a', 'db')), room.fullKeys()]).toEqual(['CONCURRENCY_KEY', ['db']]);
  });

  it('tells the keys whose capacity is not known', () => {
    const room = roomWith({ ...on('a', 'db'), count: 1 });
    expect(room.unknownKeys([on('a', 'cache'), on('a')])).toEqual(['db', 'cache']);
    room.learn(new Map([['db', 1]]));
    expect(room.unknownKeys()).toEqual([]);
  });

  it('is wide where no host can reach its limit soon, and no key is in use', () => {
    const wide = (count: number, ...taken: Taken[]): boolean => new Room({ zone: 100, perHost: 10 }, taken).isWide(count);
    expect(wide(50)).toBe(true);
    expect(wide(50, { ...on('a'), count: 5 })).toBe(true);
    expect(wide(4, { ...on('a'), count: 6 })).toBe(true);
    expect(wide(5, { ...on('a'), count: 6 })).toBe(false);
    expect(wide(1, { ...on('a', 'db'), count: 1 })).toBe(false);
  });

  it('is tried out on a copy', () => {
    const room = roomWith({ ...on('a', 'db'), count: 1 });
    room.learn(new Map([['db', 3]]));
    const copy = room.copy();
    copy.take(on('a', 'db'));
    expect([copy.whyFull(on('a')), room.whyFull(on('a'))]).toEqual(['HOST_BUSY', null]);
    expect(copy.whyFull(on('b', 'db'))).toBeNull();
  });
});
