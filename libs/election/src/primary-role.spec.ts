import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mayAct, secondary, step, type RoleEvent, type RoleState, type StampOutcome } from './primary-role.js';

const me = { agentId: 'me', session: 's1' };
const mine = (epoch: number, now = 0): RoleEvent => ({ kind: 'key', key: { ...me, epoch }, me, now });
const other = (now = 0): RoleEvent => ({ kind: 'key', key: { agentId: 'other', session: 'x', epoch: 99 }, me, now });
const answered = (outcome: StampOutcome, sentAt = 0, epoch = 7): RoleEvent => ({ kind: 'answered', epoch, outcome, sentAt });

const after = (...events: RoleEvent[]): { state: RoleState; effects: string[] } => {
  let state: RoleState = secondary;
  let effects: string[] = [];
  for (const event of events) {
    const done = step(state, event);
    state = done.state;
    effects = done.effects.map(({ kind }) => kind);
  }
  return { state, effects };
};
const primary = [mine(7), answered('primary')] as const;

describe('the role of primary', () => {
  it('begins with the subscription, then ready, then the first beat', () => {
    expect(after(mine(7))).toMatchObject({ state: { role: 'preparing', epoch: 7 }, effects: ['subscribe', 'ready'] });
    expect(after(...primary)).toMatchObject({ state: { role: 'primary', epoch: 7 }, effects: ['beat'] });
  });

  it.each<[string, RoleEvent]>([
    ['the key names another', other()],
    ['the key names another session of this agent', { kind: 'key', key: { agentId: 'me', session: 's2', epoch: 9 }, me, now: 0 }],
    ['the key is deleted', { kind: 'key', key: null, me, now: 0 }],
    ['a stamp is answered "not primary"', answered('notPrimary')],
    ['no stamp was answered for 15 s', { kind: 'tick', now: 15 }],
  ])('ends when %s, and stands again', (_, event) => {
    expect(after(...primary, event)).toMatchObject({ state: { role: 'secondary' }, effects: ['unsubscribe', 'stand'] });
  });

  it('says hello, once for each term, where the key names this agent in a session that it does not know of', () => {
    const stranger = (epoch: number): RoleEvent => ({ kind: 'key', key: { agentId: 'me', session: 's2', epoch }, me, now: 0 });
    expect(after(stranger(9)).effects).toEqual(['stand']);
    expect(after(stranger(9), stranger(9)).effects).toEqual([]);
    expect(after(stranger(9), stranger(10)).effects).toEqual(['stand']);
    expect(after(...primary, stranger(9), stranger(9)).effects).toEqual([]);
  });

  it('asks for another session where the centre does not know this one', () => {
    const { effects } = step(after(...primary).state, answered('wrongSession'));
    expect(effects).toContainEqual({ kind: 'stand', newSession: true });
  });

  it.each<StampOutcome>(['primary', 'unavailable', 'nobody'])('goes on where a stamp is answered "%s"', (outcome) => {
    const { state } = after(...primary, answered(outcome, 10));
    expect([mayAct(state, 24.9), mayAct(state, 25)]).toEqual([true, false]);
  });

  it('is not prolonged by silence', () => {
    expect(mayAct(after(...primary, answered('silence', 10)).state, 15)).toBe(false);
  });

  it('counts from the sending of a sign of life, not from its answer', () => {
    const { state } = after(...primary, { kind: 'tick', now: 5 }, { kind: 'tick', now: 14 }, answered('primary', 5));
    expect([mayAct(state, 19.9), mayAct(state, 20)]).toEqual([true, false]);
  });

  it('stamps each 5 s and beats each tick', () => {
    expect(after(...primary, { kind: 'tick', now: 4 }).effects).toEqual(['beat']);
    expect(after(...primary, { kind: 'tick', now: 5 }).effects).toEqual(['beat', 'stamp']);
    expect(after(...primary, { kind: 'tick', now: 5 }, { kind: 'tick', now: 6 }).effects).toEqual(['beat']);
  });

  it('stamps at once after a reconnect, under the same epoch', () => {
    expect(after(...primary, { kind: 'reconnected', now: 3 })).toMatchObject({ state: { role: 'primary', epoch: 7 }, effects: ['stamp'] });
  });

  it('says ready again where it was not answered, until the term would be over', () => {
    expect(after(mine(7), answered('silence')).effects).toEqual(['ready']);
    expect(after(mine(7), { kind: 'tick', now: 15 }).effects).toEqual(['unsubscribe', 'stand']);
  });

  it('prepares anew under a later epoch and not under an earlier one', () => {
    expect(after(...primary, mine(8))).toMatchObject({
      state: { role: 'preparing', epoch: 8 },
      effects: ['unsubscribe', 'subscribe', 'ready'],
    });
    expect(after(...primary, mine(6))).toMatchObject({ state: { role: 'primary', epoch: 7 }, effects: [] });
  });

  it('does not take up again a term that the centre has said is not its own', () => {
    const refused = [...primary, answered('notPrimary')] as const;
    expect(after(...refused, mine(7))).toMatchObject({ state: { role: 'secondary' }, effects: [] });
    expect(after(...refused, mine(8)).effects).toEqual(['subscribe', 'ready']);
  });

  it('takes up again a term that ended by silence alone', () => {
    expect(after(...primary, { kind: 'tick', now: 15 }, mine(7, 16)).effects).toEqual(['subscribe', 'ready']);
  });

  it('takes no notice of a key that names nobody it is', () => {
    expect(after(other())).toEqual({ state: secondary, effects: [] });
    expect(after({ kind: 'key', key: { ...me, epoch: 3 }, me: { agentId: 'me', session: null }, now: 0 }).effects).toEqual([]);
  });

  it('whatever happens, acts only in a term whose key named it and whose last sign of life is younger than 15 s', () => {
    const seconds = fc.integer({ min: 0, max: 40 });
    const epoch = fc.integer({ min: 1, max: 4 });
    const outcome = fc.constantFrom<StampOutcome>('primary', 'notPrimary', 'unavailable', 'nobody', 'silence', 'wrongSession');
    const event = fc.oneof(
      epoch.map((number) => ({ name: 'mine' as const, number })),
      fc.constant({ name: 'other' as const }),
      fc.constant({ name: 'deleted' as const }),
      fc.record({ name: fc.constant('answered' as const), number: epoch, outcome, ago: seconds }),
      fc.constant({ name: 'tick' as const }),
      fc.constant({ name: 'reconnected' as const }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(seconds, event), { maxLength: 40 }), (story) => {
        let [now, state]: [number, RoleState] = [0, secondary];
        let named: number | undefined;
        let lastSign = -Infinity;
        for (const [passed, what] of story) {
          now += passed;
          if (what.name === 'mine') named = what.number;
          if (what.name === 'other' || what.name === 'deleted') named = undefined;
          const sentAt = what.name === 'answered' ? now - what.ago : 0;
          const before = state;
          state = step(state, toEvent(what, now, sentAt)).state;
          if (state.role === 'preparing' && (before.role !== 'preparing' || before.epoch !== state.epoch)) lastSign = now;
          if (what.name === 'answered' && before.role !== 'secondary' && before.epoch === what.number && what.outcome !== 'silence') {
            lastSign = state.role === 'primary' && before.role === 'preparing' ? sentAt : Math.max(lastSign, sentAt);
          }
          if (!mayAct(state, now)) continue;
          expect(named).toBeDefined();
          expect(now - lastSign).toBeLessThan(15);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

const toEvent = (what: { name: string; number?: number; outcome?: StampOutcome }, now: number, sentAt: number): RoleEvent => {
  const epoch = what.number ?? 0;
  switch (what.name) {
    case 'mine':
      return mine(epoch, now);
    case 'other':
      return other(now);
    case 'deleted':
      return { kind: 'key', key: null, me, now };
    case 'answered':
      return { kind: 'answered', epoch, outcome: what.outcome ?? 'silence', sentAt };
    case 'tick':
      return { kind: 'tick', now };
    default:
      return { kind: 'reconnected', now };
  }
};
