import { beforeEach, describe, expect, it } from '@jest/globals';
import { AppError, type ErrorCode } from '@klevr/contracts/errors';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import type { ClaimsStore } from './claims.store.js';
import type { EndedFire, EndsStore } from './ends.store.js';
import type { FireEnd, FireWork } from './fire-work.js';
import { FiresService } from './fires.service.js';
import type { ScheduledTasksClient } from './scheduled-tasks.client.js';

const work = (fireId: string, tries = 0): FireWork => ({
  ...{ fireId, scheduleId: 's', zoneId: 'z', dueAt: new Date(0), trigger: 'schedule', tries, overlap: 'skip', feedResult: false },
  ...{ task: {} as FireWork['task'], actor: { userId: 'u', username: 'u' } },
});
type Answer = Awaited<ReturnType<ScheduledTasksClient['create']>>;
const created: Answer = { outcome: 'created', taskId: 'task', reason: null };

describe('the fires that a replica has in hand', () => {
  const clock = new FakeClock(0);
  let ended: Record<string, FireEnd>;
  let putOff: { fireId: string; reason: string; afterMs: number }[];
  let following: Record<string, FireWork>;
  let answers: (fireId: string) => Answer;
  let fires: FiresService;

  beforeEach(() => {
    [ended, putOff, following, answers] = [{}, [], {}, () => created];
    const ends = {
      finish: ({ work: { fireId }, end }: EndedFire) => {
        ended[fireId] = end;
        return Promise.resolve(following[fireId]);
      },
    };
    const claims = {
      putOff: ({ fireId }: FireWork, reason: string, until: Date) => {
        putOff.push({ fireId, reason, afterMs: until.getTime() - clock.nowMs() });
        return Promise.resolve();
      },
    };
    const tasks = { create: async ({ fireId }: FireWork) => answers(fireId) };
    const log = { warn: () => undefined, error: () => undefined } as unknown as Log;
    fires = new FiresService(
      claims as unknown as ClaimsStore,
      ends as unknown as EndsStore,
      tasks as unknown as ScheduledTasksClient,
      clock,
      log,
    );
  });
  const refuse = (code: ErrorCode, message: string, errors?: { path: string; message: string }[]) => (): never => {
    throw new AppError(code, message, errors === undefined ? {} : { errors });
  };

  it('end one after the other, as the task-manager says', async () => {
    following = { a: work('b'), b: work('c') };
    answers = (fireId) => (fireId === 'b' ? { outcome: 'skipped', taskId: null, reason: null } : created);
    await fires.carryOut(work('a'));
    expect(ended).toEqual({
      a: { state: 'fired', taskId: 'task' },
      b: { state: 'skipped', taskId: null, reason: 'the task before was still open' },
      c: { state: 'fired', taskId: 'task' },
    });
  });

  it.each(['UNAVAILABLE', 'RATE_LIMITED'] as const)('are put off for %s, for longer and longer, never for good', async (code) => {
    answers = refuse(code, 'The task-manager is away');
    for (const tries of [0, 1, 3, 50, 5_000]) await fires.carryOut(work('a', tries));
    expect(ended).toEqual({});
    expect(putOff[0]?.reason).toBe('The task-manager is away; it is tried again');
    for (const [index, least] of [375, 750, 3_000, 3_750, 3_750].entries()) {
      expect(putOff[index]?.afterMs).toBeGreaterThanOrEqual(least);
      expect(putOff[index]?.afterMs).toBeLessThanOrEqual((least / 0.75) * 1.25);
    }
  });

  it.each(['BAD_REQUEST', 'NOT_FOUND', 'NO_TARGET', 'WRONG_STATE'] as const)('fail for good by %s, with what was said', async (code) => {
    answers = refuse(code, 'No', [{ path: 'zone', message: 'is gone' }]);
    await fires.carryOut(work('a'));
    expect(ended).toEqual({ a: { state: 'failed', taskId: null, reason: `${code}: No (zone: is gone)` } });
  });

  it('fail by a fault of ours only after many tries, and do not show it', async () => {
    answers = () => {
      throw new TypeError('secret');
    };
    await fires.carryOut(work('a', 9));
    expect(putOff).toMatchObject([{ reason: 'a fault of ours; it is tried again' }]);
    await fires.carryOut(work('a', 10));
    expect(ended).toEqual({ a: { state: 'failed', taskId: null, reason: 'a fault of ours' } });
  });

  it('are left to the end of their lease where nothing can be written', async () => {
    following = {};
    const broken = new FiresService(
      {} as unknown as ClaimsStore,
      { finish: () => Promise.reject(new AppError('UNAVAILABLE', 'away')) } as unknown as EndsStore,
      { create: () => Promise.resolve(created) } as unknown as ScheduledTasksClient,
      clock,
      { warn: () => undefined } as unknown as Log,
    );
    await expect(broken.carryOut(work('a'))).resolves.toBeUndefined();
  });
});
