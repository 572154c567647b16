import { describe, expect, it } from '@jest/globals';
import { RetryPolicy } from '@klevr/contracts/execution';
import fc from 'fast-check';
import { endAttempt, endFence, fencedUntil, isOutOfSight, leaseAfter, loseSight, pauseSeconds, regainSight } from './attempt-end.js';
import { cancelRun } from './cancel-run.js';
import type { RetryTerms } from './retry-terms.js';
import { reasonAt, type LoadedRun, type ReasonCode, type RunRow } from './run-row.js';
import { after, sentRun, t0 } from './run-row.fixture.js';

const now = after(10);
const terms = (policy: object = {}): RetryTerms => ({ ...RetryPolicy.parse(policy), resumable: false, steps: 1 });
const running = (changes: Partial<RunRow> = {}): LoadedRun =>
  sentRun({
    state: 'running',
    acceptedAt: after(1),
    startedAt: after(2),
    limitAt: after(90),
    execution: 'atLeastOnce',
    retry: terms(),
    ...changes,
  });
const movable = (changes: Partial<RunRow> = {}): LoadedRun =>
  running({ targetKind: 'any', movable: true, leaseUntil: after(60), killGraceSeconds: 7, ...changes });
const end = (
  run: LoadedRun,
  status: 'lost' | 'failed' | 'timed_out' | 'succeeded',
  code: ReasonCode = 'AGENT_CRASHED',
): string | undefined => endAttempt(run, { event: `finished:${status}`, reason: reasonAt(code, 'so', now), at: after(9), now });

describe('the end of an attempt', () => {
  it('is followed by another after a pause, of which nothing of the last is left', () => {
    const run = running();
    expect(end(run, 'lost')).toBe('retried');
    expect(run.row).toMatchObject({
      ...{ state: 'queued', attempt: 2, retries: 1, due: false, waitCode: 'RETRY_WAITS', wakeAt: after(15), agentId: 'agt_1' },
      ...{ sendCount: 0, notAfterAt: null, limitAt: null, session: null, epoch: null, journalId: null },
      ...{ dispatchedAt: null, acceptedAt: null, startedAt: null, finishedAt: null, reason: null },
    });
    expect(run.past).toEqual([
      {
        ...{ runId: 'run_1', attempt: 1, agentId: 'agt_1', session: 'ses_1', epoch: 5, firstStep: 0, outcome: 'lost' },
        ...{ sentAt: t0, acceptedAt: after(1), startedAt: after(2), finishedAt: after(9), reason: reasonAt('AGENT_CRASHED', 'so', now) },
      },
    ]);
  });

  it.each<[string, Partial<RunRow>]>([
    ['may start once only', { retry: null, execution: 'atMostOnce' }],
    ['has had its attempts', { retries: 2 }],
    ['is to be canceled', { cancelRequestedAt: after(5) }],
    ['could begin again only after its deadline', { deadlineAt: after(15) }],
    ['has a policy that does not name this end', { retry: terms({ on: ['failed'] }) }],
  ])('is the end of a run that %s', (_what, changes) => {
    const run = running(changes);
    expect(end(run, 'lost')).toBe('ended');
    expect(run.row).toMatchObject({ state: 'lost', attempt: 1, finishedAt: after(9), reason: { code: 'AGENT_CRASHED' } });
    expect(run.past).toEqual([]);
  });

  it.each(['AGENT_CRASHED', 'AGENT_STOPPED', 'AGENT_ALONE'] as const)(
    'by %s is followed by the recovery of what was lost in it, once, where the task has one',
    (code) => {
      const run = running({ retry: null, execution: 'atMostOnce', recovers: true });
      expect(end(run, 'lost', code)).toBe('retried');
      expect(run.row).toMatchObject({
        state: 'queued',
        due: true,
        attempt: 2,
        retries: 0,
        agentId: 'agt_1',
        recoveryOf: { code, message: 'so' },
      });
      expect(run.past).toMatchObject([{ attempt: 1, outcome: 'lost', reason: { code } }]);
      run.row.state = 'running';
      expect(end(run, 'lost', code)).toBe('ended');
      expect(run.row).toMatchObject({ state: 'lost', attempt: 2 });
    },
  );

  it('that only recovered what was lost is the last, whatever the policy says of it', () => {
    const run = running({ recovers: true, retry: terms({ on: ['failed'] }) });
    expect(end(run, 'lost')).toBe('retried');
    run.row.state = 'recovering';
    expect(end(run, 'failed')).toBe('ended');
    expect(run.row).toMatchObject({ state: 'failed', attempt: 2, retries: 0 });
  });

  it.each<[string, Partial<RunRow>, ReasonCode]>([
    ['has no recovery', {}, 'AGENT_CRASHED'],
    ['is to be canceled', { recovers: true, cancelRequestedAt: after(5) }, 'AGENT_CRASHED'],
    ['has passed its deadline', { recovers: true, deadlineAt: after(10) }, 'AGENT_CRASHED'],
    ['has an agent of which nobody knows', { recovers: true }, 'AGENT_LOST'],
    [
      'has an agent that may know nothing of what still runs',
      { recovers: true, retry: terms(), execution: 'atLeastOnce' },
      'JOURNAL_CHANGED',
    ],
  ])('is not followed by a recovery where its run %s', (_what, changes, code) => {
    const run = running({ retry: null, execution: 'atMostOnce', ...changes });
    expect(end(run, 'lost', code)).toBe('ended');
    expect(run.row).toMatchObject({ state: 'lost', attempt: 1, recoveryOf: null });
  });

  it('is followed by the recovery only when the policy gives no further attempt', () => {
    const run = running({ recovers: true, retries: 1 });
    expect(end(run, 'lost')).toBe('retried');
    expect(run.row).toMatchObject({ attempt: 2, retries: 2, recoveryOf: null });
    run.row.state = 'running';
    expect(end(run, 'lost')).toBe('retried');
    expect(run.row).toMatchObject({ attempt: 3, retries: 2, recoveryOf: { code: 'AGENT_CRASHED' } });
  });

  it('that the policy names is followed by another, be it a failure', () => {
    const run = running({ retry: terms({ on: ['failed', 'timed_out'] }) });
    expect(end(run, 'failed', 'STEP_FAILED')).toBe('retried');
    expect(run.past[0]?.outcome).toBe('failed');
    expect(end(running(), 'failed', 'STEP_FAILED')).toBe('ended');
    expect(end(running({ retry: terms({ on: ['failed'] }) }), 'succeeded')).toBe('ended');
  });

  it('changes nothing once the run has ended', () => {
    const run = running({ state: 'succeeded' });
    expect(end(run, 'lost')).toBeUndefined();
    expect(run.changed).toBe(false);
  });

  it('of what others can take over leaves the agent, at once where that was told to stop', () => {
    const [stopped, crashed] = [movable(), movable()];
    end(stopped, 'lost', 'AGENT_STOPPED');
    end(crashed, 'lost');
    expect(stopped.row).toMatchObject({ agentId: null, due: true, waitCode: null, leaseUntil: null });
    expect(crashed.row).toMatchObject({ agentId: null, due: false, waitCode: 'RETRY_WAITS' });
  });

  it('is followed by pauses that double up to the longest', () => {
    expect([0, 1, 2, 3, 9].map((retries) => pauseSeconds(terms({ delaySeconds: 5, maxDelaySeconds: 30 }), retries))).toEqual([
      5, 10, 20, 30, 30,
    ]);
    fc.assert(
      fc.property(fc.record({ delaySeconds: fc.nat(86_400), maxDelaySeconds: fc.nat(86_400) }), fc.nat(99), (policy, retries) => {
        const pause = pauseSeconds(terms(policy), retries);
        return pause >= 0 && pause <= policy.maxDelaySeconds && pause <= pauseSeconds(terms(policy), retries + 1);
      }),
    );
  });
});

describe('a run whose agent is lost', () => {
  const lost = reasonAt('AGENT_LOST', 'the agent is lost', now);

  it('waits for it where no other may take over, and goes on where it was', () => {
    for (const [startedAt, state] of [
      [after(2), 'running'],
      [null, 'accepted'],
    ] as const) {
      const run = running({ state, startedAt });
      loseSight(run, lost, now);
      expect(run.row).toMatchObject({ state: 'queued', due: false, attempt: 1, waitCode: 'AGENT_OFFLINE', wakeAt: null });
      expect(isOutOfSight(run.row)).toBe(true);
      regainSight(run, after(20));
      expect(run.row).toMatchObject({ state, waitCode: null, wakeAt: after(90) });
    }
  });

  it('is lost where there is no further attempt, or it is to be canceled', () => {
    for (const changes of [{ retry: null }, { retries: 2 }, { cancelRequestedAt: after(5) }]) {
      const run = running(changes);
      loseSight(run, lost, now);
      expect(run.row).toMatchObject({ state: 'lost', reason: lost });
    }
  });

  it('goes to another once the lease of the first is over, with its grace and a margin', () => {
    const run = movable();
    loseSight(run, lost, now);
    expect(run.row).toMatchObject({ state: 'queued', agentId: 'agt_1', attempt: 1, waitCode: 'AGENT_FENCED', wakeAt: after(60 + 7 + 5) });
    endFence(run, after(72));
    expect(run.row).toMatchObject({ state: 'queued', agentId: null, attempt: 2, due: true });
    expect(run.past).toMatchObject([{ agentId: 'agt_1', outcome: 'lost', reason: { code: 'AGENT_LOST' } }]);
  });

  it('that was only sent may have been taken: it waits as well, and is sent again to the agent that is back', () => {
    const run = movable({ state: 'dispatched', acceptedAt: null, startedAt: null });
    loseSight(run, lost, now);
    expect(run.row).toMatchObject({ state: 'queued', waitCode: 'AGENT_FENCED' });
    regainSight(run, after(20));
    expect(run.row).toMatchObject({ state: 'dispatched', due: false, attempt: 1, waitCode: null, wakeAt: after(20) });
  });

  it('waits longer where its agent was heard of meanwhile', () => {
    const run = movable();
    loseSight(run, lost, now);
    run.row.leaseUntil = after(100);
    endFence(run, after(72));
    expect(run.row).toMatchObject({ attempt: 1, waitCode: 'AGENT_FENCED', wakeAt: after(112) });
  });

  it('is canceled when its lease is over, where that was asked for', () => {
    const run = movable();
    loseSight(run, lost, now);
    cancelRun(run, reasonAt('CANCELED_BY_USER', 'canceled', now), now);
    expect(run.row).toMatchObject({ state: 'queued', cancelRequestedAt: now, wakeAt: after(72) });
    endFence(run, after(72));
    expect(run.row).toMatchObject({ state: 'canceled', reason: { code: 'AGENT_ALONE' } });
  });

  it('is fenced longer the longer its processes may take to end', () => {
    expect(fencedUntil(movable({ killGraceSeconds: null }).row, now)).toEqual(after(60 + 5 + 5));
    expect(fencedUntil(movable({ killGraceSeconds: 600 }).row, now)).toEqual(after(60 + 600 + 5));
  });

  it('has a lease from its sending on, which is never moved back', () => {
    const { row } = movable({ retry: terms({ aloneSeconds: 30 }), leaseUntil: null });
    expect(leaseAfter(row, after(40).getTime())).toEqual(after(70));
    expect(leaseAfter({ ...row, leaseUntil: after(500) }, after(40).getTime())).toEqual(after(500));
    expect(leaseAfter({ ...row, movable: false }, after(40).getTime())).toBeNull();
  });
});
