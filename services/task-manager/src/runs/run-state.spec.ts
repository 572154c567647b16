import { describe, expect, it } from '@jest/globals';
import { terminalStatuses } from '@klevr/contracts/task';
import { edges, isEnded, nextState, openStates, statusOf, type RunEvent } from './run-state.js';

const events: RunEvent[] = [
  ...['claimed', 'notStarted', 'accepted', 'started', 'recovering', 'refusedForGood', 'canceledBeforeStart', 'deadlinePassed'],
  ...['overdue', 'fateUnknown', 'released', 'retried', 'outOfSight', 'canceledAlone'],
  ...terminalStatuses.map((status) => `finished:${status}`),
] as RunEvent[];

/** The table again, as people read it: what each event leads to from each open state. */
const expected: Record<(typeof openStates)[number], Partial<Record<RunEvent, string>>> = {
  scheduled: { released: 'queued', canceledBeforeStart: 'canceled', deadlinePassed: 'timed_out' },
  queued: {
    claimed: 'dispatched',
    retried: 'queued',
    outOfSight: 'queued',
    canceledAlone: 'canceled',
    accepted: 'accepted',
    started: 'running',
    recovering: 'recovering',
    refusedForGood: 'failed',
    canceledBeforeStart: 'canceled',
    deadlinePassed: 'timed_out',
    fateUnknown: 'lost',
  },
  dispatched: {
    notStarted: 'queued',
    retried: 'queued',
    outOfSight: 'queued',
    accepted: 'accepted',
    started: 'running',
    recovering: 'recovering',
    refusedForGood: 'failed',
    canceledBeforeStart: 'canceled',
    deadlinePassed: 'timed_out',
    fateUnknown: 'lost',
  },
  accepted: {
    retried: 'queued',
    outOfSight: 'queued',
    started: 'running',
    recovering: 'recovering',
    overdue: 'timed_out',
    fateUnknown: 'lost',
  },
  running: { retried: 'queued', outOfSight: 'queued', recovering: 'recovering', overdue: 'timed_out', fateUnknown: 'lost' },
  recovering: { retried: 'queued', outOfSight: 'queued', overdue: 'timed_out', fateUnknown: 'lost' },
};

describe('the states of a run', () => {
  for (const from of openStates) {
    for (const event of events) {
      const to = event.startsWith('finished:') && from !== 'scheduled' ? event.slice('finished:'.length) : expected[from][event];
      it(`${from} + ${event} → ${to ?? 'no change'}`, () => expect(nextState(from, event)).toBe(to));
    }
  }

  it('leaves no terminal state, whatever happens', () => {
    for (const status of terminalStatuses) for (const event of events) expect(nextState(status, event)).toBeUndefined();
  });

  it('has no two edges for one event from one state', () => {
    const keys = edges.map(([from, event]) => `${from} ${event}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('reaches an end from every open state', () => {
    for (const from of openStates) expect(edges.some(([start, , to]) => start === from && isEnded(to))).toBe(true);
  });

  it('tells an accepted run as dispatched, and every other as what it is', () => {
    expect(statusOf('accepted')).toBe('dispatched');
    expect(statusOf('running')).toBe('running');
  });
});
