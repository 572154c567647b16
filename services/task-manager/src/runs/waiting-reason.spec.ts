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
const room = { placesTaken: 0, maxConcurrentRuns: 2 };
const why = (run: Partial<WaitingRun>, agent: typeof online | undefined = online, zone = room, now = later(2)): string | undefined =>
  whyWaiting({ ...queued, ...run }, agent, zone, now)?.code;

describe('why a run waits', () => {
  it('says nothing of a run that does not wait', () => {
    expect(why({ state: 'accepted' })).toBeUndefined();
    expect(why({ state: 'running' })).toBeUndefined();
  });

  it('is new', () => expect(why({})).toBe('NEW'));
  it('waits for a place of its zone', () => expect(why({}, online, { placesTaken: 2, maxConcurrentRuns: 2 })).toBe('ZONE_BUSY'));

  it('tells since when its agent is away, and why, before anything else', () => {
    expect(whyWaiting({ ...queued, waitCode: 'REFUSED_BY_AGENT' }, away, { placesTaken: 9, maxConcurrentRuns: 2 }, later(2))).toEqual({
      code: 'AGENT_OFFLINE',
      message: 'agent offline since 2026-01-01T00:00:01.000Z (suspect: disconnected)',
      since: '2026-01-01T00:00:01.000Z',
    });
    expect(why({ state: 'dispatched', dispatchedAt: created }, away)).toBe('AGENT_OFFLINE');
  });

  it('tells that its agent is drained, before anything else', () => {
    const drained = { ...away, drained: true, drainSince: later(1), drainCause: 'disk is changed' };
    expect(whyWaiting(queued, drained, room, later(9))).toEqual({
      code: 'AGENT_DRAINED',
      message: 'agent drained since 2026-01-01T00:00:01.000Z (disk is changed; it is suspect besides)',
      since: '2026-01-01T00:00:01.000Z',
    });
    expect(whyWaiting({ ...queued, state: 'dispatched' }, { ...drained, online: true, drainCause: '' }, room, later(9))?.message).toBe(
      'agent drained since 2026-01-01T00:00:01.000Z, and what it has not accepted is not sent again',
    );
    expect(why({ state: 'dispatched', cancelRequestedAt: later(1) }, { ...online, drained: true })).toBe('SENT');
  });

  it('tells since when its agent sleeps', () => {
    expect(whyWaiting(queued, { ...away, status: 'suspended', cause: 'lid closed' }, room, later(9))).toEqual({
      code: 'AGENT_SUSPENDED',
      message: 'agent suspended since 2026-01-01T00:00:01.000Z (lid closed)',
      since: '2026-01-01T00:00:01.000Z',
    });
  });

  it('says so of an agent that never said hello', () =>
    expect(whyWaiting(queued, undefined, room, later(2))?.message).toContain('not said hello'));

  it('tells what it was put aside for', () => {
    const reason = whyWaiting(
      { ...queued, agentId: null, waitCode: 'NO_PRIMARY', waitMessage: 'none now', waitSince: later(1) },
      undefined,
      room,
      later(2),
    );
    expect(reason).toEqual({ code: 'NO_PRIMARY', message: 'none now', since: later(1).toISOString() });
  });

  it('was sent, and after two seconds says that the agent does not answer', () => {
    expect(why({ state: 'dispatched', dispatchedAt: created }, online, room, later(2))).toBe('SENT');
    expect(why({ state: 'dispatched', dispatchedAt: created }, online, room, later(3))).toBe('AGENT_NOT_ANSWERING');
  });
});
