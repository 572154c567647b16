import { describe, expect, it } from '@jest/globals';
import { endGone, goElsewhere, loseAgent } from './gone.js';
import { after, runOf, sentRun, retryTerms } from './run-row.fixture.js';
import type { RunRow } from './run-row.js';

const zone = { code: 'ZONE_DELETED', what: 'the zone was deleted' } as const;

describe('runs whose agent was removed', () => {
  it('that were never sent are canceled', () => {
    const run = runOf();
    loseAgent(run, after(5));
    expect(run.row).toMatchObject({ state: 'canceled', finishedAt: after(5), reason: { code: 'AGENT_REMOVED' } });
  });

  it.each<Partial<RunRow>>([{}, { state: 'accepted' }, { state: 'running' }, { state: 'recovering' }, { state: 'queued' }])(
    'that it may have taken are lost: %j',
    (changes) => {
      const run = sentRun(changes);
      loseAgent(run, after(5));
      expect(run.row).toMatchObject({ state: 'lost', reason: { code: 'AGENT_REMOVED' } });
    },
  );

  it('that it has surely refused are canceled', () => {
    const run = sentRun({ state: 'queued', notAfterAt: null, attempt: 2, targetKind: 'any' });
    loseAgent(run, after(5));
    expect(run.row.state).toBe('canceled');
  });

  it.each(['any', 'primary'] as const)('that were only meant for it go to another (%s)', (targetKind) => {
    const run = runOf({ targetKind, due: false, waitCode: 'AGENT_OFFLINE' });
    loseAgent(run, after(5));
    expect(run.row).toMatchObject({ state: 'queued', agentId: null, due: true, waitCode: null });
  });

  it('that waited for a further attempt of it are lost', () => {
    const run = runOf({ attempt: 2, retries: 1, retry: retryTerms, due: false, waitCode: 'RETRY_WAITS' });
    loseAgent(run, after(5));
    expect(run.row).toMatchObject({ state: 'lost', reason: { message: 'the agent was removed while attempt 2 was waited for' } });
  });

  it('that another may take over wait until it has surely ended them', () => {
    for (const state of ['dispatched', 'running'] as const) {
      const run = sentRun({
        state,
        targetKind: 'any',
        movable: true,
        retry: retryTerms,
        leaseUntil: after(60),
        acceptedAt: state === 'running' ? after(1) : null,
      });
      loseAgent(run, after(5));
      expect(run.row).toMatchObject({ state: 'queued', agentId: 'agt_1', waitCode: 'AGENT_FENCED', wakeAt: after(70) });
    }
  });

  it('that another may take over keep their pause', () => {
    const run = runOf({
      targetKind: 'any',
      movable: true,
      attempt: 2,
      retries: 1,
      retry: retryTerms,
      due: false,
      waitCode: 'RETRY_WAITS',
      wakeAt: after(60),
    });
    loseAgent(run, after(5));
    expect(run.row).toMatchObject({ state: 'queued', agentId: null, due: false, wakeAt: after(60) });
  });
});

describe('runs whose zone was deleted', () => {
  it('go nowhere else', () => {
    const run = runOf({ targetKind: 'any', agentId: null });
    endGone(run, zone, after(5));
    expect(run.row).toMatchObject({
      state: 'canceled',
      reason: { code: 'ZONE_DELETED', message: 'the zone was deleted before it started' },
    });
  });

  it('are lost where an agent may have had them', () => {
    const run = sentRun({ state: 'running' });
    endGone(run, zone, after(5));
    expect(run.row.state).toBe('lost');
  });
});

describe('a run that goes to another agent', () => {
  const neverArrived = { state: 'queued', due: true, notAfterAt: null, journalId: null, sendCount: 0 } as const;
  const movable = { targetKind: 'any', movable: true, retry: retryTerms, leaseUntil: after(330) } as const;

  it('takes another number where it was sent and never arrived, and leaves the lease with the one before', () => {
    const run = sentRun({ ...neverArrived, ...movable });
    goElsewhere(run, 'agt_2', after(5));
    expect(run.row).toMatchObject({ agentId: 'agt_2', attempt: 2, leaseUntil: null, session: null, dispatchedAt: null, retries: 0 });
    expect(run.past).toMatchObject([{ attempt: 1, agentId: 'agt_1', outcome: 'lost', acceptedAt: null }]);
  });

  it('keeps its number where it was sent to nobody, or stays', () => {
    const [fresh, same] = [runOf({ targetKind: 'any' }), sentRun({ ...neverArrived, ...movable })];
    goElsewhere(fresh, 'agt_2', after(5));
    goElsewhere(same, 'agt_1', after(5));
    expect(fresh.row).toMatchObject({ agentId: 'agt_2', attempt: 0 });
    expect(same.row).toMatchObject({ agentId: 'agt_1', attempt: 1, leaseUntil: after(330) });
    expect([...fresh.past, ...same.past]).toEqual([]);
  });
});
