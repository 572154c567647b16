import { describe, expect, it } from '@jest/globals';
import { whyWaiting, type WaitingRun } from './waiting-reason.js';

const created = new Date('2026-01-01T00:00:00.000Z');
const later = (seconds: number): Date => new Date(created.getTime() + seconds * 1000);
const queued: WaitingRun = {
  state: 'queued',
  agentId: 'agt_1',
  createdAt: created,
  dispatchedAt: null,
  waitCode: null,
  waitMessage: null,
  waitSince: null,
  cancelRequestedAt: null,
  wakeAt: null,
  deadlineAt: null,
};
const online = {
  online: true,
  status: 'online',
  cause: 'hello',
  since: created,
  drained: false,
  drainSince: null as Date | null,
  drainCause: '',
};
const away = { ...online, online: false, status: 'suspect', cause: 'disconnected', since: later(1) };
const why = (run: Partial<WaitingRun>, agent: typeof online | undefined = online, now = later(2)): string | undefined =>
  whyWaiting({ ...queued, ...run }, { agent }, now)?.code;

describe('why a run waits', () => {
  it('says nothing of a run that does not wait', () => {
    expect(why({ state: 'accepted' })).toBeUndefined();
    expect(why({ state: 'running' })).toBeUndefined();
  });

  it('is new', () => expect(why({})).toBe('NEW'));

  it.each([
    ['ZONE_BUSY', 'all 2 places of the zone are taken'],
    ['HOST_BUSY', 'all 2 places of the host are taken'],
    ['CONCURRENCY_KEY', 'all 2 places of its concurrency key are taken'],
  ] as const)('waits for a place, and tells who has it and how many stand before: %s', (code, message) => {
    const holder = { runId: 'run_9', taskId: 'task_9', taskName: 'other' };
    const told = whyWaiting(queued, { agent: online, block: { code, places: 2, holder, place: 3 } }, later(2));
    expect(told).toEqual({ code, message: `${message}; 2 wait before it`, since: created.toISOString(), holder, place: 3 });
    const short = whyWaiting(queued, { agent: online, block: { code, places: 2, holder: undefined, place: undefined } }, later(2));
    expect(short).toEqual({ code, message, since: created.toISOString() });
  });

  it('tells until when, where that is known', () => {
    const held = (run: Partial<WaitingRun>, batchAt?: Date): unknown =>
      whyWaiting({ ...queued, waitMessage: '', ...run }, { agent: online, batchAt }, later(2))?.until;
    const scheduled = { state: 'scheduled', wakeAt: later(60) } as const;
    expect(held({ ...scheduled, waitCode: 'SCHEDULED' })).toBe(later(60).toISOString());
    expect(held({ ...scheduled, waitCode: 'BATCH_WAITS' })).toBeUndefined();
    expect(held({ ...scheduled, waitCode: 'BATCH_WAITS' }, later(30))).toBe(later(30).toISOString());
    expect(held({ waitCode: 'RETRY_WAITS', wakeAt: later(5) })).toBe(later(5).toISOString());
    expect(held({ waitCode: 'REFUSED_BY_AGENT', wakeAt: later(5) })).toBe(later(5).toISOString());
    expect(held({ waitCode: 'NO_PRIMARY', wakeAt: later(90), deadlineAt: later(90) })).toBeUndefined();
  });

  it('tells since when its agent is away, and why, before anything else', () => {
    expect(
      whyWaiting(
        { ...queued, waitCode: 'REFUSED_BY_AGENT' },
        { agent: away, block: { code: 'ZONE_BUSY', places: 2, holder: undefined, place: 1 } },
        later(2),
      ),
    ).toEqual({
      code: 'AGENT_OFFLINE',
      message: 'agent offline since 2026-01-01T00:00:01.000Z (suspect: disconnected)',
      since: '2026-01-01T00:00:01.000Z',
    });
    expect(why({ state: 'dispatched', dispatchedAt: created }, away)).toBe('AGENT_OFFLINE');
  });

  it('tells that its agent is drained, before anything else', () => {
    const drained = { ...away, drained: true, drainSince: later(1), drainCause: 'disk is changed' };
    expect(whyWaiting(queued, { agent: drained }, later(9))).toEqual({
      code: 'AGENT_DRAINED',
      message: 'agent drained since 2026-01-01T00:00:01.000Z (disk is changed; it is suspect besides)',
      since: '2026-01-01T00:00:01.000Z',
    });
    expect(whyWaiting({ ...queued, state: 'dispatched' }, { agent: { ...drained, online: true, drainCause: '' } }, later(9))?.message).toBe(
      'agent drained since 2026-01-01T00:00:01.000Z, and what it has not accepted is not sent again',
    );
    expect(why({ state: 'dispatched', cancelRequestedAt: later(1) }, { ...online, drained: true })).toBe('SENT');
  });

  it('tells since when its agent sleeps', () => {
    expect(whyWaiting(queued, { agent: { ...away, status: 'suspended', cause: 'lid closed' } }, later(9))).toEqual({
      code: 'AGENT_SUSPENDED',
      message: 'agent suspended since 2026-01-01T00:00:01.000Z (lid closed)',
      since: '2026-01-01T00:00:01.000Z',
    });
  });

  it('says so of an agent that never said hello', () =>
    expect(whyWaiting(queued, { agent: undefined }, later(2))?.message).toContain('not said hello'));

  it('tells what it was put aside for', () => {
    const reason = whyWaiting(
      { ...queued, agentId: null, waitCode: 'NO_PRIMARY', waitMessage: 'none now', waitSince: later(1) },
      { agent: undefined },
      later(2),
    );
    expect(reason).toEqual({ code: 'NO_PRIMARY', message: 'none now', since: later(1).toISOString() });
  });

  it('was sent, and after two seconds says that the agent does not answer', () => {
    expect(why({ state: 'dispatched', dispatchedAt: created }, online, later(2))).toBe('SENT');
    expect(why({ state: 'dispatched', dispatchedAt: created }, online, later(3))).toBe('AGENT_NOT_ANSWERING');
  });
});
