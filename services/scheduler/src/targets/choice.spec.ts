import { describe, expect, it } from '@jest/globals';
import type { AgentStatus } from '@klevr/contracts/agent';
import fc from 'fast-check';
import { choose, type Choosable } from './choice.js';

const member = (agentId: string, more: Partial<Choosable> = {}): Choosable => ({
  ...{ agentId, hostname: `host-${agentId}`, status: 'online', drained: false, values: {}, loadScore: 0 },
  ...more,
});
const around = { primaryId: undefined, avoid: new Set<string>() };
const told = (members: Choosable[], target: Parameters<typeof choose>[1], more: Partial<typeof around> | { primaryId: string } = {}) => {
  const { chosen, others } = choose(members, target, { ...around, ...more });
  return { chosen: chosen.map(({ agentId }) => agentId), others: others.map(({ member: { agentId }, why }) => `${agentId}: ${why()}`) };
};

describe('whom a target means', () => {
  it('all: everyone that matches, there or not; of the others, which part does not match', () => {
    const members = [
      member('a', { values: { role: 'web', env: 'prod' } }),
      member('b', { values: { role: 'db', env: 'prod' }, status: 'lost' }),
      member('c', { values: { role: 'web', legacy: '1' }, drained: true }),
      member('d', { values: { role: 'web', env: 'prod' }, status: 'lost' }),
      member('e', { values: { role: 'web', env: 'prod' }, status: 'left' }),
      member('f', { values: { role: 'web', env: 'prod' }, status: 'pending' }),
      member('g', { values: { role: 'web', env: 'prod' }, drained: true }),
    ];
    expect(told(members, { all: 'role in (web),!legacy,env in (prod,stage)' })).toEqual({
      chosen: ['a', 'd', 'g'],
      others: [
        'b: role=web does not match role=db',
        'c: !legacy does not match legacy=1; env in (prod,stage) does not match: it has no env',
        'e: it has left the zone',
        'f: it is pending: it waits for its approval, or has not said hello yet',
      ],
    });
  });

  it('agent and primary: that one, if it belongs to the zone', () => {
    const members = [member('a'), member('b', { status: 'left' })];
    expect(told(members, { agent: 'a' })).toEqual({ chosen: ['a'], others: ['b: it has left the zone'] });
    expect(told(members, { agent: 'b' })).toEqual({ chosen: [], others: ['a: another agent is named', 'b: it has left the zone'] });
    expect(told(members, { primary: true }, { primaryId: 'a' }).chosen).toEqual(['a']);
    expect(told(members, { primary: true }, { primaryId: 'c' }).others[0]).toBe('a: it is not the primary');
    expect(told(members, { primary: true }).others[0]).toBe('a: the zone has no primary now');
  });

  it('any: the one that is there and least loaded; never one that is drained', () => {
    const values = { role: 'web' };
    const members = [
      member('a', { loadScore: 2, values }),
      member('b', { loadScore: 1, values }),
      member('c', { loadScore: 1, values }),
      member('d', { status: 'suspect', values }),
      member('e', { drained: true, values }),
      member('f'),
    ];
    expect(told(members, { any: 'role' })).toEqual({
      chosen: ['b'],
      others: [
        'a: host-b (b) is less loaded',
        'c: host-b (b) would do as well, and comes first',
        'd: host-b (b) is online, this one is suspect',
        'e: it is drained, and gets no new work where another could do it',
        'f: role does not match: it has no role',
      ],
    });
    expect(told(members, { any: 'role' }, { avoid: new Set(['b', 'c']) }).chosen).toEqual(['a']);
    expect(told(members, { any: 'role' }, { avoid: new Set(['a', 'b', 'c']) }).chosen).toEqual(['b']);
  });

  it('every member once: chosen, or with a reason; one at most for any, and nobody better is left out', () => {
    const status = fc.constantFrom<AgentStatus>('online', 'suspect', 'suspended', 'lost', 'drained', 'pending', 'left');
    const some = fc.record({
      status,
      drained: fc.boolean(),
      loadScore: fc.integer({ min: 0, max: 3 }),
      role: fc.constantFrom('web', 'db', undefined),
    });
    const target = fc.constantFrom(
      { all: 'role=web' },
      { any: 'role=web' },
      { any: '' },
      { all: '' },
      { agent: '0' },
      { primary: true as const },
    );
    fc.assert(
      fc.property(fc.array(some, { maxLength: 8 }), target, (rows, wanted) => {
        const members = rows.map(({ role, ...row }, index) =>
          member(String(index), { ...row, values: role === undefined ? {} : { role } }),
        );
        const { chosen, others } = choose(members, wanted, { primaryId: '0', avoid: new Set() });
        expect([...chosen, ...others.map((other) => other.member)].map(({ agentId }) => agentId).sort()).toEqual(
          members.map(({ agentId }) => agentId).sort(),
        );
        for (const { why } of others) expect(why()).not.toBe('');
        for (const { status: state } of chosen) expect(['pending', 'left']).not.toContain(state);
        if (!('any' in wanted)) return;
        expect(chosen.length).toBeLessThanOrEqual(1);
        const eligible = members.filter(
          ({ status: state, drained, values }) =>
            !['pending', 'left', 'drained'].includes(state) && !drained && (wanted.any === '' || values['role'] === 'web'),
        );
        expect(chosen.length).toBe(Math.min(1, eligible.length));
        const state = ['online', 'suspect', 'suspended', 'lost'].find((each) => eligible.some(({ status: its }) => its === each));
        const loads = eligible.filter(({ status: its }) => its === state).map(({ loadScore }) => loadScore);
        expect(chosen.map(({ status: its, loadScore }) => [its, loadScore])).toEqual(chosen.map(() => [state, Math.min(...loads)]));
      }),
    );
  });
});
