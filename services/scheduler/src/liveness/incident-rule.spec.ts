import { describe, expect, it } from '@jest/globals';
import { areBack, GoneAgents, isMassLoss } from './incident-rule.js';

describe('mass loss', () => {
  it.each([
    [4, 4, false],
    [5, 5, true],
    [5, 16, true],
    [5, 17, false],
    [29, 100, false],
    [30, 100, true],
  ])('of %d of %d agents: %s', (gone, agents, expected) => {
    expect(isMassLoss(gone, agents)).toBe(expected);
  });

  it.each([
    [5, 2, false],
    [5, 1, true],
    [10, 2, true],
    [10, 3, false],
    [0, 0, true],
  ])('of %d, %d still gone, is over: %s', (gone, stillGone, expected) => {
    expect(areBack(gone, stillGone)).toBe(expected);
  });
});

describe('the agents that are gone', () => {
  it('count for a minute, once, until they are back', () => {
    const agents = new GoneAgents();
    agents.gone('z', 'a', 0);
    agents.gone('z', 'a', 50_000);
    agents.gone('z', 'b', 60_000);
    expect(agents.in('z')).toBe(2);
    agents.gone('y', 'c', 60_001);
    expect([agents.in('z'), agents.in('y')]).toEqual([1, 1]);
    expect(agents.everywhere()).toEqual({ zones: 2, agents: 2 });
    expect([agents.since('y'), agents.since(undefined), agents.since('x')]).toEqual([60_001, 60_000, undefined]);
    agents.back('b');
    agents.back('unknown');
    expect(agents.zones).toEqual(['y']);
  });

  it('are accounted for once an incident is open for them', () => {
    const agents = new GoneAgents();
    for (const id of ['a', 'b']) agents.gone('z', id, 0);
    agents.gone('y', 'c', 0);
    agents.settle('z');
    expect(agents.everywhere()).toEqual({ zones: 1, agents: 1 });
    agents.settle(undefined);
    expect(agents.everywhere()).toEqual({ zones: 0, agents: 0 });
  });
});
