import { describe, expect, it } from '@jest/globals';
import { AgentRow } from '../tables/agent.entity.js';
import { preferenceOf, Roster, rosterEntryOf } from './roster.js';

const rowOf = (part: Partial<AgentRow>): AgentRow =>
  Object.assign(new AgentRow(), { zoneId: 'z', publicKey: part.id ?? '', status: 'online' }, part);

describe('the roster', () => {
  it('counts the agents of a zone that should be there, and none of its workers', () => {
    const roster = new Roster();
    for (const row of [rowOf({ id: 'a' }), rowOf({ id: 'w', kind: 'worker' }), rowOf({ id: 'l', status: 'lost' })])
      roster.learn(rosterEntryOf(row));
    expect([...roster.countedOf('z')]).toEqual(['a']);
    roster.became('w', 'suspect');
    roster.became('l', 'online');
    expect([...roster.countedOf('z')]).toEqual(['a', 'l']);
    expect(roster.find('w')).toMatchObject({ kind: 'worker', status: 'suspect' });
  });

  it.each([
    ['an agent', {}, 'normal'],
    ['a preferred one', { labels: { primary: 'prefer' } }, 'first'],
    ['a drained one', { drained: true, labels: { primary: 'prefer' } }, 'never'],
    ['a worker', { kind: 'worker' as const }, 'never'],
    ['a worker that is preferred', { kind: 'worker' as const, labels: { primary: 'prefer' } }, 'never'],
  ])('lets %s lead as its kind, its labels and its drain say', (_who, part, preference) => {
    expect(preferenceOf(rowOf(part))).toBe(preference);
  });
});
