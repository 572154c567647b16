import { describe, expect, it } from '@jest/globals';
import { step } from '../primary-role.js';
import { settle } from '../settlement.js';
import { holderOf, type ElectionAction, type ElectionEvent, type ZoneElection } from '../settlement-types.js';
import { ZoneSimulation, type Rules } from './zone-simulation.fixture.js';

/** A simulation that finds nothing says nothing unless it finds this: the same rules, each broken in one place. */
type Settle = Rules['settle'];

/** Writes whatever stands there: the revision that the register has is taken for the one that was seen. */
const writesBlindly =
  (revision: () => number): Settle =>
  (zone, event, now) =>
    settle(zone, event, now).map((action): ElectionAction => {
      if (action.kind !== 'write') return action;
      return {
        ...action,
        get expectedRevision() {
          return revision();
        },
      };
    });

const asHolder = (zone: ZoneElection, event: ElectionEvent): ElectionEvent => {
  const holder = holderOf(zone);
  return event.kind === 'sign' && holder !== undefined ? { ...event, epoch: holder.epoch } : event;
};

/** Takes the ready or stamp of any epoch for one of the present epoch. */
const forgetsEpochs: Settle = (zone, event, now) => settle(zone, asHolder(zone, event), now);

/** Takes a stamp that was under way when its connection was cut for a sign of another, living connection. */
const forgivesTheDead: Settle = (zone, event, now) => {
  const cut = zone.vacancy?.conn;
  const late = event.kind === 'sign' && cut !== undefined && event.conn.clientId === cut.clientId;
  return settle(zone, late ? { ...event, conn: { ...event.conn, clientId: -1 } } : event, now);
};

/** Takes up every key that names this agent, whichever session it names. */
const ignoresSessions: Rules['step'] = (state, event) =>
  step(state, event.kind === 'key' && event.key !== null ? { ...event, key: { ...event.key, session: event.me.session ?? '' } } : event);

/** Never gives up, however long ago its last sign of life was answered. */
const neverTires: Rules['step'] = (state, event) =>
  step(state.role === 'primary' && event.kind === 'tick' ? { ...state, answeredAt: event.now } : state, event);

const mostSeeds = 2_000;

const firstFound = (
  broken: (simulation: () => ZoneSimulation) => Partial<Rules>,
): { seed: number; faults: readonly string[] } | undefined => {
  for (let seed = 1; seed <= mostSeeds; seed++) {
    let simulation: ZoneSimulation | undefined;
    const current = (): ZoneSimulation => {
      if (simulation === undefined) throw new Error('not yet');
      return simulation;
    };
    simulation = new ZoneSimulation(seed, { settle, step, ...broken(current) });
    const { faults } = simulation.run();
    if (faults.length > 0) return { seed, faults };
  }
  return undefined;
};

describe('the simulation finds a rule that', () => {
  const broken: [string, (simulation: () => ZoneSimulation) => Partial<Rules>, RegExp][] = [
    [
      'writes the key without regard to its revision',
      (current) => ({ settle: writesBlindly(() => current().hub.keys.revision) }),
      /epoch|primary/,
    ],
    ['accepts a ready of an epoch that is over', () => ({ settle: forgetsEpochs }), /epoch|primary/],
    ['forgives a holder for what it said over its cut connection', () => ({ settle: forgivesTheDead }), /death of the primary/],
    ['takes up a key that names another session', () => ({ step: ignoresSessions }), /epoch|primary/],
    ['acts for ever after its last sign of life', () => ({ step: neverTires }), /last sign of life/],
  ];

  it.each(broken)(
    '%s',
    (_what, rules, expected) => {
      const found = firstFound(rules);
      expect(found?.faults.join('\n')).toMatch(expected);
    },
    60_000,
  );
});
