import { describe, expect, it } from '@jest/globals';
import { reasonAt, type LoadedRun, type RunRow } from '../runs/run-row.js';
import { after, runOf, sentRun, retryTerms } from '../runs/run-row.fixture.js';
import { loseSight, regainSight } from '../runs/attempt-end.js';
import { sweepRun, type SweptFor } from './sweep-run.js';

const now = after(10);
const swept = (run: LoadedRun): [SweptFor, RunRow] => [sweepRun(run, now), run.row];

describe('a run whose time has come', () => {
  it('is due, be it that it was scheduled for now or that its pause is over', () => {
    for (const state of ['scheduled', 'queued'] as const) {
      const [what, row] = swept(runOf({ state, due: false, waitCode: state === 'queued' ? 'RETRY_WAITS' : 'SCHEDULED', wakeAt: now }));
      expect(row).toMatchObject({ state: 'queued', due: true, waitCode: null, wakeAt: null });
      expect(what).toBeUndefined();
    }
  });

  it.each<[Partial<RunRow>, string]>([
    [{ state: 'scheduled' }, 'its deadline passed before it started'],
    [{ state: 'queued', retries: 1, attempt: 2 }, 'its deadline passed before attempt 2 started'],
    [{ state: 'queued', acceptedAt: after(1), attempt: 1 }, 'its deadline passed while its agent was lost'],
  ])('which is its deadline, has timed out: %j', (changes, message) => {
    const [, row] = swept(runOf({ due: false, deadlineAt: now, wakeAt: now, ...changes }));
    expect(row).toMatchObject({ state: 'timed_out', reason: { code: 'DEADLINE_PASSED', message } });
  });

  it('and whose agent is away waits on', () => {
    const run = sentRun({ state: 'running', acceptedAt: after(1), retry: retryTerms, deadlineAt: after(99) });
    loseSight(run, reasonAt('AGENT_LOST', 'so', after(5)), after(5));
    run.row.wakeAt = now;
    expect(swept(run)[1]).toMatchObject({ state: 'queued', due: false, wakeAt: after(99) });
  });

  it('and whose lease is over goes to another', () => {
    const run = sentRun({
      state: 'running',
      acceptedAt: after(1),
      retry: retryTerms,
      movable: true,
      targetKind: 'any',
      leaseUntil: after(0),
    });
    loseSight(run, reasonAt('AGENT_LOST', 'so', after(5)), after(5));
    expect(swept(run)[1]).toMatchObject({ state: 'queued', due: true, attempt: 2, agentId: null });
  });

  it('is overdue where its agent says nothing, by its time-out or by its deadline', () => {
    const held = { state: 'running', acceptedAt: after(1), wakeAt: now, limitAt: now } as const;
    expect(swept(sentRun(held))[1]).toMatchObject({ state: 'timed_out', reason: { code: 'RUN_TIMED_OUT' } });
    expect(swept(sentRun({ ...held, deadlineAt: after(-20) }))[1]).toMatchObject({
      state: 'timed_out',
      reason: { code: 'DEADLINE_PASSED' },
    });
  });

  it('is canceled again at its agent, until that has answered', () => {
    const [what, row] = swept(
      sentRun({ state: 'running', acceptedAt: after(1), wakeAt: now, limitAt: after(90), cancelRequestedAt: after(9) }),
    );
    expect([what, row.state, row.wakeAt]).toEqual(['cancel', 'running', after(15)]);
  });

  it('and whose agent came back is asked for as long as nothing else ends it', () => {
    const run = sentRun({ state: 'running', timeoutSeconds: null, acceptedAt: after(1), startedAt: after(1), retry: retryTerms });
    loseSight(run, reasonAt('AGENT_LOST', 'so', after(2)), after(2));
    regainSight(run, after(3));
    expect(run.row).toMatchObject({ state: 'running', wakeAt: after(63) });
    for (const seconds of [63, 123]) {
      expect(sweepRun(run, after(seconds))).toBe('agent');
      expect(run.row).toMatchObject({ state: 'running', wakeAt: after(seconds + 60) });
    }
  });
});
