import { describe, expect, it } from '@jest/globals';
import { terminalStatuses } from '@klevr/contracts/task';
import { endReason, worstFirst, worstOf } from './task-status.js';

describe('the status of a task whose runs have ended', () => {
  it('knows the rank of every end', () => expect([...worstFirst].sort()).toEqual([...terminalStatuses].sort()));

  it('is the worst of them', () => {
    expect(worstOf({ succeeded: 3 })).toBe('succeeded');
    expect(worstOf({ succeeded: 3, canceled: 1 })).toBe('canceled');
    expect(worstOf({ canceled: 1, timed_out: 1 })).toBe('timed_out');
    expect(worstOf({ timed_out: 1, failed: 1 })).toBe('failed');
    expect(worstOf({ failed: 9, recovery_failed: 1 })).toBe('recovery_failed');
    expect(worstOf({ failed: 9, lost: 1 })).toBe('lost');
  });

  const failed = { code: 'STEP_FAILED', message: 'exit code 1', since: '2026-01-01T00:00:00.000Z' } as const;
  it('takes the reason of its runs where they ended alike', () => {
    expect(endReason({ failed: 2 }, failed, failed.since)).toEqual(failed);
    expect(endReason({ succeeded: 2 }, null, failed.since)).toBeNull();
  });

  it('says how many ended how where they differ', () => {
    const reason = endReason({ succeeded: 2, recovery_failed: 1 }, failed, failed.since);
    expect(reason).toMatchObject({ code: 'RUNS_DIFFER', message: 'its runs ended differently: 1 recovery failed, 2 succeeded' });
  });
});
