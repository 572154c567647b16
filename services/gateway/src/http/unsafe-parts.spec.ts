import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unsafeParts } from './unsafe-parts.js';

describe('unsafeParts', () => {
  it('finds nothing in ordinary values', () => {
    const harmless = fc
      .string({ unit: 'grapheme' })
      .filter((text) => !text.includes('\0') && !['__proto__', 'constructor', 'prototype'].includes(text));
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        harmless,
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any')),
        fc.dictionary(harmless, tie('any')),
      ),
    })).any;
    fc.assert(fc.property(value, (one) => expect(unsafeParts(one)).toEqual([])));
  });

  it('finds a bad text wherever it stands', () => {
    const step = fc.oneof(fc.constantFrom('a', 'b'), fc.nat({ max: 3 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.constantFrom('a\0', '\ud800', 'x\udc00y'), (path, text) => {
        const value = path.reduceRight<unknown>(
          (inside, at) => (typeof at === 'number' ? [...Array<number>(at).fill(0), inside] : { [at]: inside }),
          text,
        );
        expect(unsafeParts(value)).toEqual([{ path: path.join('.'), message: expect.stringMatching(/U\+0000|surrogate/) as unknown }]);
      }),
    );
  });

  it('takes both halves of a pair', () => {
    expect(unsafeParts(['😀'])).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('finds the reserved name %s', (name) => {
    expect(unsafeParts(JSON.parse(`{"a":[{"${name}":1}]}`))).toEqual([{ path: `a.0.${name}`, message: 'is a reserved name' }]);
  });

  it('finds names that cannot be stored', () => {
    expect(unsafeParts({ a: { 'b\0': 1 } })).toEqual([
      { path: 'a', message: 'has a field whose name must not contain the character U+0000' },
    ]);
  });

  it('lists a hundred faults at most', () => {
    expect(unsafeParts(Array.from({ length: 1_000 }, () => '\0'))).toHaveLength(100);
  });

  it('names the part of the request', () => {
    expect(unsafeParts('\0', ['zone'])).toEqual([{ path: 'zone', message: 'must not contain the character U+0000' }]);
  });
});
