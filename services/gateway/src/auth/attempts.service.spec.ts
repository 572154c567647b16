import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { LimitsRedis } from '../protection/limits-redis.client.js';
import { LimitsService } from '../protection/limits.service.js';
import { AttemptsService } from './attempts.service.js';
import type { SessionsStore } from './sessions.store.js';

const [home, away] = ['192.0.2.1', '198.51.100.1'];
const addressNumber = (at: number): string => `203.0.113.${at}`;

describe('AttemptsService', () => {
  let attempts: AttemptsService;
  let knownAddresses: string[];

  const fail = (username: string, address: string): Promise<unknown> =>
    attempts.guard(username, address, () => Promise.resolve(undefined)).catch((error: unknown) => error);
  const failOften = async (times: number, username: (at: number) => string, address: (at: number) => string): Promise<unknown[]> => {
    const outcomes: unknown[] = [];
    for (let at = 0; at < times; at++) outcomes.push(await fail(username(at), address(at)));
    return outcomes;
  };
  const succeed = (username: string, address: string): Promise<unknown> => attempts.guard(username, address, () => Promise.resolve('in'));
  const always = (value: string) => () => value;

  afterEach(() => void jest.useRealTimers());

  beforeEach(() => {
    // The limits' own clock: it stands still, so that no pause ends by itself.
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    knownAddresses = [];
    const sessions = { isKnownAddress: (name: string, address: string) => Promise.resolve(knownAddresses.includes(`${name} ${address}`)) };
    const inMemory = { connection: undefined } as unknown as LimitsRedis;
    attempts = new AttemptsService(new LimitsService(inMemory), sessions as unknown as SessionsStore, new FakeClock());
  });

  it('pauses a name at an address after five failures, right password or not, and nobody else', async () => {
    expect(await failOften(5, always('ann'), always(home))).toEqual(Array(5).fill(undefined));
    expect(await fail('ann', home)).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 1 });
    await expect(succeed('ann', home)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect([await succeed('ann', away), await succeed('bob', home)]).toEqual(['in', 'in']);
  });

  it('pauses longer after each further failure', async () => {
    await failOften(4, always('ann'), always(home));
    for (const seconds of [1, 2, 4, 8, 16]) {
      expect(await fail('ann', home)).toBeUndefined();
      expect(await fail('ann', home)).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: seconds });
      jest.advanceTimersByTime(seconds * 1_000 + 1);
    }
    expect(await succeed('ann', home)).toBe('in');
  });

  it('takes all addresses of one IPv6 network for one', async () => {
    await failOften(5, always('ann'), (at) => `2001:db8::${at + 1}`);
    expect(await fail('ann', '2001:db8::77')).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await succeed('ann', '2001:db8:0:1::1')).toBe('in');
  });

  it('forgets failures by a success', async () => {
    for (let turn = 0; turn < 3; turn++) {
      await failOften(4, always('ann'), always(home));
      expect(await succeed('ann', home)).toBe('in');
    }
  });

  it('lets few of many through that come at once', async () => {
    let tried = 0;
    const one = (): Promise<unknown> => attempts.guard('ann', home, () => Promise.resolve(void tried++)).catch((error: unknown) => error);
    const outcomes = await Promise.all(Array.from({ length: 200 }, one));
    expect(tried).toBeLessThan(20);
    expect(outcomes.filter((outcome) => outcome instanceof AppError)).toHaveLength(200 - tried);
  });

  it('pauses a name everywhere after very many failures, but not where its owner has a session', async () => {
    const fromEverywhere = await failOften(100, always('ann'), addressNumber);
    expect(fromEverywhere.filter((outcome) => outcome !== undefined)).toEqual([]);
    expect(await fail('ann', home)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await succeed('bob', home)).toBe('in');
    knownAddresses = [`ann ${home}`];
    expect(await succeed('ann', home)).toBe('in');
  });

  it('pauses an address that tries many names, but not for those who have a session from there', async () => {
    await failOften(50, (at) => `name${at}`, always(home));
    await expect(succeed('ann', home)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await succeed('ann', away)).toBe('in');
    knownAddresses = [`ann ${home}`];
    expect(await succeed('ann', home)).toBe('in');
    // Whoever has a password of their own does not get the address free by it.
    await expect(succeed('bob', home)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('takes what could not be decided for no failure', async () => {
    const undecided = (): Promise<unknown> => attempts.guard('ann', home, () => Promise.reject(new AppError('UNAVAILABLE', 'away')));
    for (let turn = 0; turn < 12; turn++) await expect(undecided()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await succeed('ann', home)).toBe('in');
  });
});
