import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import fc from 'fast-check';
import type { Selectable } from './selectable.js';
import { whyNot, written } from './selector-text.js';
import { failing, matches, parseSelector, type Requirement } from './selector.js';

const key = fc.constantFrom('role', 'env', 'cores', 'in', 'notin', 'example.com/tier');
const value = fc.constantFrom('web', 'db', '8', '3', '12', '', 'a.b_c-d');
const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({ key, operator: fc.constantFrom('exists' as const, 'absent' as const) }),
  fc.record({ key, operator: fc.constantFrom('in' as const, 'notIn' as const), values: fc.array(value, { minLength: 1, maxLength: 3 }) }),
  fc.record({ key, operator: fc.constantFrom('above' as const, 'below' as const), bound: fc.integer({ min: -20, max: 20 }) }),
);
const values: fc.Arbitrary<Selectable> = fc.dictionary(key, fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 })));

/** What a requirement says, in other words than those of the code under test. */
const means = (each: Requirement, found: Selectable): boolean => {
  const all = Object.entries(found).flatMap(([name, is]) => (name === each.key ? [is].flat() : []));
  const numbers = all.map((is) => Number.parseFloat(is)).filter((number) => !Number.isNaN(number));
  const meaning: Record<Requirement['operator'], () => boolean> = {
    exists: () => all.length !== 0,
    absent: () => all.length === 0,
    in: () => 'values' in each && new Set([...each.values, ...all]).size < new Set(each.values).size + new Set(all).size,
    notIn: () => 'values' in each && new Set([...each.values, ...all]).size === new Set(each.values).size + new Set(all).size,
    above: () => 'bound' in each && Math.max(...numbers, -Infinity) > each.bound,
    below: () => 'bound' in each && Math.min(...numbers, Infinity) < each.bound,
  };
  return meaning[each.operator]();
};

/** Anything but a clear refusal is thrown on. */
const faultOf = (text: string): string => {
  try {
    parseSelector(text, 'target.any');
    return 'none';
  } catch (error) {
    if (error instanceof AppError && error.code === 'BAD_REQUEST') return error.errors?.[0]?.message ?? '';
    throw error;
  }
};

describe('a selector', () => {
  it('that is written down and read again is the same', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 6 }), (selector) => {
        expect(parseSelector(selector.map(written).join(','), 'target.all')).toEqual(selector);
      }),
    );
  });

  it('means what each of its requirements says, and those that fail are the ones that do not hold', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 5 }), values, (selector, found) => {
        const read = parseSelector(selector.map(written).join(' , '), 'target.all');
        expect(matches(read, found)).toBe(selector.every((each) => means(each, found)));
        expect(failing(read, found)).toEqual(selector.filter((each) => !means(each, found)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('that is broken anywhere is refused with the place, or means something else; nothing else is thrown', () => {
    const broken = fc.tuple(
      fc.array(requirement, { minLength: 1, maxLength: 4 }).map((selector) => selector.map(written).join(',')),
      fc.nat(),
      fc.constantFrom('(', ')', ',', '=', '!', '<', '>', ' ', 'é', '\u0000', '"', '%', '☃'),
    );
    fc.assert(
      fc.property(broken, ([text, at, bad]) => {
        const place = at % (text.length + 1);
        expect(faultOf(text.slice(0, place) + bad + text.slice(place))).toMatch(/^(none|.* at (character [0-9]+|the end) of ".*)$/su);
      }),
      { numRuns: 500 },
    );
  });

  it('that does not match says which part does not, and what is there instead, shortly', () => {
    const found = { role: 'db', address: ['10.0.0.1', '10.0.0.2'] };
    const read = parseSelector('role=web,address=10.0.0.9,cores>4', 'target.all');
    expect(whyNot(failing(read, found), found)).toBe(
      'role=web does not match role=db; address=10.0.0.9 does not match address=10.0.0.1|10.0.0.2; cores>4 does not match: it has no cores',
    );
    const long = parseSelector(Array.from({ length: 200 }, (_, index) => `key-${index}`).join(','), 'target.all');
    expect(whyNot(failing(long, found), found).length).toBeLessThanOrEqual(500);
  });
});
