import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Limit, LimitsService } from './limits.service.js';

describe('a limit without Redis', () => {
  const limits = new LimitsService({ connection: undefined } as ConstructorParameters<typeof LimitsService>[0]);
  let limit: Limit;

  beforeEach(() => {
    jest.useRealTimers();
    limit = limits.limit({ name: 'test', points: 2, seconds: 60, keysInMemory: 3 });
  });

  it('refuses what is beyond its points, and says when to come back', async () => {
    await limit.consume('a');
    await limit.consume('a');
    await expect(limit.consume('a')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 60 });
    await limit.consume('b');
  });

  it('begins anew when its time is over', async () => {
    jest.useFakeTimers();
    await limit.consume('a', 2);
    await expect(limit.check('a')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    jest.advanceTimersByTime(60_000);
    await limit.check('a');
    await limit.consume('a', 2);
  });

  it('blocks for longer than its window where it shall', async () => {
    const strict = limits.limit({ name: 'strict', points: 1, seconds: 1, blockSeconds: 300 });
    await strict.consume('a');
    await expect(strict.consume('a')).rejects.toMatchObject({ retryAfterSeconds: 300 });
  });

  it('counts faults without refusing, and looks without counting', async () => {
    await limit.check('a');
    expect(await limit.penalty('a')).toEqual({ points: 1, waitSeconds: 0 });
    expect(await limit.look('a')).toEqual({ points: 1, waitSeconds: 0 });
    expect(await limit.penalty('a')).toEqual({ points: 2, waitSeconds: 60 });
    await expect(limit.check('a')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('lets nothing through for a key that was blocked, until it is reset', async () => {
    await limit.block('a', 5);
    await expect(limit.check('a')).rejects.toMatchObject({ retryAfterSeconds: 5 });
    await expect(limit.consume('a')).rejects.toMatchObject({ retryAfterSeconds: 5 });
    await limit.reset('a');
    await limit.consume('a');
  });

  it('forgets the keys that were unused for longest where there are too many', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await limit.penalty(key, 2);
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(async (key) => (await limit.look(key)).points))).toEqual([0, 2, 2, 2]);
  });
});
