import { describe, expect, it, jest } from '@jest/globals';
import { PrincipalCache } from './principal-cache.js';
import type { Principal } from './principal.js';

const session = (expiresAtMs = 1_000_000): Principal => ({
  kind: 'session',
  id: 'login_1',
  userId: 'usr_1',
  username: 'a',
  grants: [{ role: 'admin', zones: null }],
  expiresAtMs,
});

describe('PrincipalCache', () => {
  it('believes a session for its age and not longer', async () => {
    const cache = new PrincipalCache(5_000, 10);
    await cache.load('h', 1_000, () => Promise.resolve(session()));
    expect(cache.find('h', 5_999)).toBeDefined();
    expect(cache.find('h', 6_000)).toBeUndefined();
  });

  it('believes nothing past the end of the session, and nothing after the clock was set back', async () => {
    const cache = new PrincipalCache(5_000, 10);
    await cache.load('h', 1_000, () => Promise.resolve(session(2_000)));
    expect(cache.find('h', 2_000)).toBeUndefined();
    await cache.load('h', 1_000, () => Promise.resolve(session()));
    expect(cache.find('h', 999)).toBeUndefined();
  });

  it('reads once for all that ask at the same time', async () => {
    const cache = new PrincipalCache(5_000, 10);
    const read = jest.fn(() => Promise.resolve(session()));
    await Promise.all([cache.load('h', 0, read), cache.load('h', 0, read), cache.load('h', 0, read)]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('forgets a session even while it is being read', async () => {
    const cache = new PrincipalCache(5_000, 10);
    let answer = (_session: Principal): void => undefined;
    const load = cache.load('h', 0, () => new Promise((resolve) => (answer = resolve)));
    cache.forget('h');
    answer(session());
    await load;
    expect(cache.find('h', 1)).toBeUndefined();
  });

  it('forgets all of a user, the one that is being read too', async () => {
    const cache = new PrincipalCache(5_000, 10);
    await cache.load('kept', 0, () => Promise.resolve({ ...session(), userId: 'usr_2' }));
    await cache.load('known', 0, () => Promise.resolve(session()));
    let answer = (_session: Principal): void => undefined;
    const load = cache.load('read', 0, () => new Promise((resolve) => (answer = resolve)));
    cache.forgetWhere(({ userId }) => userId === 'usr_1');
    answer(session());
    await load;
    expect(['kept', 'known', 'read'].map((hash) => cache.find(hash, 1) !== undefined)).toEqual([true, false, false]);
  });

  it('does not let a read from before a sign-out end one from after it', async () => {
    const cache = new PrincipalCache(5_000, 10);
    const answers: ((session: Principal | undefined) => void)[] = [];
    const read = (): Promise<Principal | undefined> => new Promise((resolve) => answers.push(resolve));
    const before = cache.load('h', 0, read);
    cache.forget('h');
    const after = cache.load('h', 0, read);
    answers[0]?.(session());
    await before;
    answers[1]?.(undefined);
    expect(await after).toBeUndefined();
    expect(cache.find('h', 1)).toBeUndefined();
  });

  it('keeps no failed read, and asks again', async () => {
    const cache = new PrincipalCache(5_000, 10);
    await expect(cache.load('h', 0, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await cache.load('h', 0, () => Promise.resolve(session()))).toBeDefined();
  });

  it('keeps the newest when there are too many', async () => {
    const cache = new PrincipalCache(5_000, 2);
    for (const hash of ['a', 'b', 'c']) await cache.load(hash, 0, () => Promise.resolve(session()));
    expect(cache.size).toBe(2);
    expect([cache.find('a', 1), cache.find('b', 1), cache.find('c', 1)].map((one) => one !== undefined)).toEqual([false, true, true]);
  });
});
