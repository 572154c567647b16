import { describe, expect, it } from '@jest/globals';
import { newZoneElection, type Candidate } from '@klevr/election/settlement-types';
import { AgentRow } from '../tables/agent.entity.js';
import { willingnessOf } from './willingness.js';

const conn = { serverId: 'S', clientId: 1 };
const rowOf = (part: Partial<AgentRow> = {}): AgentRow =>
  Object.assign(new AgentRow(), { id: 'a', session: 'ses_a', status: 'online', standing: true, connServer: 'S', connClient: 1, ...part });

/** A zone in which `a` stands, and leads where that is said. */
const zoneOf = ({ leads = false, ...part }: Partial<Candidate> & { leads?: boolean } = {}) => {
  const zone = newZoneElection();
  const candidate: Candidate = { agentId: 'a', session: 'ses_a', conn, preference: 'normal', load: 2, away: false, failedAtMs: undefined };
  zone.candidates.set('a', { ...candidate, ...part });
  const key = { agentId: 'a', session: 'ses_a', epoch: 7, stamp: 0, since: '2026-01-01T00:00:00.000Z', conn };
  if (leads) zone.seen = { revision: 8, key };
  return zone;
};

describe('what the election hears of changed labels and of a drain', () => {
  it('is nothing where they decide nothing anew', () => {
    expect(willingnessOf(zoneOf(), rowOf({ labels: { role: 'web' } }), true)).toBeUndefined();
    expect(willingnessOf(newZoneElection(), rowOf({ drained: true }), true)).toBeUndefined();
  });

  it.each([
    ['drained', { drained: true }, 'never'],
    ['labelled never', { labels: { primary: 'never' } }, 'never'],
    ['drained, whatever its label', { drained: true, labels: { primary: 'prefer' } }, 'never'],
    ['labelled prefer', { labels: { primary: 'prefer' } }, 'first'],
  ])('is the new preference of one that is %s', (_what, part, preference) => {
    const event = willingnessOf(zoneOf(), rowOf(part), true);
    expect(event).toMatchObject({ kind: 'stands', session: 'ses_a', conn, load: 2, preference, answering: true });
  });

  it('reaches a holder that stands no more for this replica, in the session that leads', () => {
    const zone = zoneOf({ leads: true, session: 'ses_other' });
    expect(willingnessOf(zone, rowOf({ drained: true }), false)).toMatchObject({ session: 'ses_a', preference: 'never' });
    zone.candidates.clear();
    expect(willingnessOf(zone, rowOf({ drained: true }), false)).toMatchObject({ session: 'ses_a', preference: 'never', answering: false });
  });

  it('lets one stand again that did not', () => {
    const candidate = expect.objectContaining({ agentId: 'a', preference: 'normal' });
    expect(willingnessOf(newZoneElection(), rowOf(), true)).toEqual({ kind: 'candidateLoaded', candidate });
    expect(willingnessOf(newZoneElection(), rowOf({ status: 'lost' }), true)).toBeUndefined();
    expect(willingnessOf(newZoneElection(), rowOf({ standing: false }), true)).toBeUndefined();
  });

  it('waits for the hello of one whose connection is cut', () => {
    expect(willingnessOf(zoneOf({ away: true }), rowOf({ labels: { primary: 'prefer' } }), true)).toBeUndefined();
  });
});
