import { describe, expect, it } from '@jest/globals';
import { ConnectionRegistry } from './connection-registry.js';

const conn = (clientId: number, serverId = 'S') => ({ serverId, clientId });

describe('ConnectionRegistry', () => {
  it('tells whose a connection was, once, and only of connections that were shown', () => {
    const registry = new ConnectionRegistry();
    registry.add(conn(1), 'UA');
    expect(registry.userOf(conn(1))).toBe('UA');
    expect(registry.userOf(conn(1, 'T'))).toBeUndefined();
    expect(registry.remove(conn(2))).toBeUndefined();
    expect(registry.remove(conn(1))).toBe('UA');
    expect(registry.remove(conn(1))).toBeUndefined();
  });

  it('never gives a connection to a second user', () => {
    const registry = new ConnectionRegistry();
    registry.add(conn(1), 'UA');
    registry.add(conn(1), 'UB');
    expect(registry.remove(conn(1))).toBe('UA');
  });

  it('keeps the newest connections of a user, and forgets all at once', () => {
    const registry = new ConnectionRegistry();
    for (let id = 1; id <= 6; id++) registry.add(conn(id), 'UA');
    expect([1, 2, 3, 4, 5, 6].filter((id) => registry.userOf(conn(id)) === 'UA')).toEqual([3, 4, 5, 6]);
    registry.clear();
    expect(registry.userOf(conn(6))).toBeUndefined();
  });
});
