import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromXdr, toXdr, type Xdr, XdrError } from './xdr.js';
import { flag, int32, int64, listOf, nothing, optional, struct, text, uint32, uint64, uuid } from './xdr-types.js';

const thing = struct({
  name: text,
  id: int32,
  flags: uint32,
  size: uint64,
  until: int64,
  active: flag,
  uuid,
  note: optional(text),
  parts: listOf(struct({ key: text, value: optional(int32) })),
});
const things = fc.record({
  name: fc.string({ unit: 'grapheme' }),
  id: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  flags: fc.nat({ max: 2 ** 32 - 1 }),
  size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  until: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  active: fc.boolean(),
  uuid: fc.uuid(),
  note: fc.option(fc.string(), { nil: undefined }),
  parts: fc.array(fc.record({ key: fc.string(), value: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }) }), { maxLength: 5 }),
});

const attempt = (work: () => unknown): unknown => {
  try {
    work();
    return 'read';
  } catch (error) {
    return error;
  }
};

describe('XDR', () => {
  it('gives back what went in, in words of four bytes', () => {
    fc.assert(
      fc.property(things, (value) => {
        const bytes = toXdr(thing, value);
        expect(bytes.length % 4).toBe(0);
        expect(fromXdr(thing, bytes)).toEqual(value);
      }),
    );
  });

  it('refuses bytes that are cut off or too many, wherever', () => {
    fc.assert(
      fc.property(things, fc.double({ min: 0, max: 0.999, noNaN: true }), (value, part) => {
        const bytes = toXdr(thing, value);
        expect(() => fromXdr(thing, bytes.subarray(0, Math.floor(bytes.length * part)))).toThrow(XdrError);
        expect(() => fromXdr(thing, Buffer.concat([bytes, Buffer.alloc(4)]))).toThrow('too many');
      }),
    );
  });

  it('never does more than throw an XdrError at bytes that make no sense', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const outcome = attempt(() => fromXdr(thing, Buffer.from(bytes)));
        expect(outcome === 'read' || outcome instanceof XdrError).toBe(true);
      }),
    );
  });

  it.each<[string, Xdr<never>, unknown, string]>([
    ['a text', text as Xdr<never>, 'klevr', '000000056b6c657672000000'],
    ['nothing', nothing as Xdr<never>, undefined, ''],
    ['what is not there', optional(int32) as Xdr<never>, undefined, '00000000'],
    ['a list', listOf(int32) as Xdr<never>, [1, -1], '0000000200000001ffffffff'],
    ['a UUID', uuid as Xdr<never>, '00112233-4455-6677-8899-aabbccddeeff', '00112233445566778899aabbccddeeff'],
    ['a large number', uint64 as Xdr<never>, 2 ** 33, '0000000200000000'],
  ])('writes %s as RFC 4506 says', (_, type, value, hex) => {
    expect(toXdr(type, value as never).toString('hex')).toBe(hex);
  });

  it.each([
    ['a UUID that is none', () => toXdr(uuid, 'x')],
    ['a text longer than libvirt takes', () => toXdr(text, 'x'.repeat(4_194_305))],
    ['the length of such a text', () => fromXdr(text, Buffer.from('7fffffff', 'hex'))],
    ['a list longer than libvirt sends', () => fromXdr(listOf(nothing), Buffer.from('7fffffff', 'hex'))],
    ['a count that a number cannot hold', () => fromXdr(uint64, Buffer.alloc(8, 0xff))],
    ['padding that is not zero', () => fromXdr(text, Buffer.from('0000000161010000', 'hex'))],
  ])('refuses %s', (_, work) => {
    expect(work).toThrow(XdrError);
  });
});
