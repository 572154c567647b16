import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import type { Principal } from './principal.js';
import { SessionLookupService } from './session-lookup.service.js';
import type { FoundSession, SessionsStore } from './sessions.store.js';

const principal: Principal = { kind: 'session', id: 'login_1', userId: 'usr_1', username: 'ann', grants: [], expiresAtMs: Infinity };

describe('SessionLookupService', () => {
  const clock = new FakeClock();
  const warnings: string[] = [];
  const note = (): void => undefined;
  const warn = (_fields: object, message: string): void => void warnings.push(message);
  const log: Log = { debug: note, info: note, warn, error: note, fatal: note, child: () => log };
  const touched: string[] = [];
  let found: FoundSession | undefined;
  let exists: boolean;
  let canTouch: boolean;

  const store = {
    find: () => Promise.resolve(found),
    remove: () => Promise.resolve(exists),
    touch: (id: string) => (canTouch ? Promise.resolve(void touched.push(id)) : Promise.reject(new Error('away'))),
  };
  const looked = async (): Promise<{ principal: Principal | undefined; ended: string[] }> => {
    const ended: string[] = [];
    const lookup = new SessionLookupService(store as unknown as SessionsStore, clock, log);
    return { principal: await lookup.find('hash', (loginId) => void ended.push(loginId)), ended };
  };
  const usedBefore = (ms: number): Date => new Date(clock.nowMs() - ms);

  beforeEach(() => {
    warnings.length = 0;
    touched.length = 0;
    [exists, canTouch, found] = [true, true, undefined];
  });

  it('knows no session by an unknown token', async () => {
    expect(await looked()).toEqual({ principal: undefined, ended: [] });
  });

  it('notes the use of a session once a minute', async () => {
    found = { principal, lastUsedAt: usedBefore(59_999), replaced: false };
    expect((await looked()).principal).toBe(principal);
    expect(touched).toEqual([]);
    for (const lastUsedAt of [usedBefore(60_000), null]) {
      found = { principal, lastUsedAt, replaced: false };
      await looked();
    }
    expect(touched).toEqual(['login_1', 'login_1']);
  });

  it('goes on where the use cannot be noted', async () => {
    [found, canTouch] = [{ principal, lastUsedAt: null, replaced: false }, false];
    expect((await looked()).principal).toBe(principal);
  });

  it('ends a session whose replaced token is used, and says so once', async () => {
    found = { principal, lastUsedAt: null, replaced: true };
    expect(await looked()).toEqual({ principal: undefined, ended: ['login_1'] });
    exists = false;
    expect(await looked()).toEqual({ principal: undefined, ended: [] });
    expect(warnings).toEqual([expect.stringContaining('has ended as stolen')]);
    expect(touched).toEqual([]);
  });
});
