import { describe, expect, it } from '@jest/globals';
import { judgeCommand } from './command-judge.js';

const here = { agentId: 'a', zoneId: 'z', session: 's', epochFloor: 5, nowMs: 1_000 };
const good = { agentId: 'a', zoneId: 'z', session: 's', epoch: 5, notAfterMs: 1_000 };

describe('a command with a good signature', () => {
  it('has effect here and now', () => {
    expect(judgeCommand(good, here)).toBeUndefined();
    expect(judgeCommand({ ...good, epoch: 6 }, here)).toBeUndefined();
  });

  it.each([
    ['WRONG_AGENT', { agentId: 'b' }],
    ['WRONG_AGENT', { zoneId: 'y' }],
    ['WRONG_SESSION', { session: 't' }],
    ['STALE_EPOCH', { epoch: 4 }],
    ['EXPIRED', { notAfterMs: 999 }],
  ])('is refused with %s where it says %j', (code, changes) => {
    expect(judgeCommand({ ...good, ...changes }, here)?.code).toBe(code);
  });

  it('is refused before the first session was granted', () => {
    expect(judgeCommand(good, { ...here, session: null })?.code).toBe('WRONG_SESSION');
  });
});
