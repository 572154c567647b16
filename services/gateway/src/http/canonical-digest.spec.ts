import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalDigest } from './canonical-digest.js';

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, field]) => [name, reversed(field)]),
  );
};

describe('canonicalDigest', () => {
  it('is the same for every order of fields', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(canonicalDigest(reversed(value))).toBe(canonicalDigest(value))));
  });

  it('is another for another value', () => {
    const text = (value: unknown): string =>
      JSON.stringify(value, (_name, field: unknown) =>
        field instanceof Object && !Array.isArray(field)
          ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
          : field,
      );
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        fc.pre(text(a) !== text(b));
        expect(canonicalDigest(a)).not.toBe(canonicalDigest(b));
      }),
    );
  });

  it('tells lists from objects and texts from numbers', () => {
    const digests = [[1], ['1'], { 0: 1 }, '[1]', 1, '1', null, 'null', [[]], []].map(canonicalDigest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});
