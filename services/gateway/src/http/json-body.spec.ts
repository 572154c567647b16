import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maxDepth, parseJsonBody } from './json-body.js';

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text));
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const refused = expect.objectContaining({ code: 'BAD_REQUEST' }) as unknown as Error;

describe('parseJsonBody', () => {
  it('gives what was written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) =>
        expect(parse(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value))),
      ),
    );
  });

  it('gives nothing for nothing', () => {
    expect(parse('')).toBeUndefined();
  });

  it('refuses what is not JSON or not UTF-8', () => {
    for (const text of ['{', 'undefined', "'a'", '{}{}', '\u0000', '01']) expect(() => parse(text)).toThrow(refused);
    expect(() => parseJsonBody(Buffer.from([0x22, 0xff, 0x22]))).toThrow(refused);
  });

  it('takes the deepest nesting that is allowed and no more', () => {
    expect(parse(nested(maxDepth))).toBeDefined();
    expect(() => parse(nested(maxDepth + 1))).toThrow(/deeper than 64/);
    expect(() => parse(`[${nested(maxDepth - 1)},${nested(maxDepth - 1)}]`)).not.toThrow();
  });

  it('takes 100,000 lists and objects and no more', () => {
    expect(() => parse(`[${'{},'.repeat(99_998)}{}]`)).not.toThrow();
    expect(() => parse(`[${'{},'.repeat(99_999)}{}]`)).toThrow(/more than 100000/);
  });

  it('counts nothing inside texts', () => {
    fc.assert(
      fc.property(fc.string(), (text) =>
        expect(parse(JSON.stringify(`${text}${'[{'.repeat(100)}"\\`))).toBe(`${text}${'[{'.repeat(100)}"\\`),
      ),
    );
    expect(parse(JSON.stringify({ ['[\\"['.repeat(100)]: '\\\\' }))).toBeDefined();
  });
});
