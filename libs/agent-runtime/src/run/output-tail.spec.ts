import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutputTail } from './output-tail.js';

describe('the end of what a step wrote', () => {
  it('is its last 64 KiB, whatever pieces it came in', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(150_000), { maxLength: 8 }), (sizes) => {
        const tail = new OutputTail();
        const pieces = sizes.map((size, index) => Buffer.alloc(size, `piece ${index} `));
        for (const piece of pieces) tail.push(piece);
        expect(tail.bytes().equals(Buffer.concat(pieces).subarray(-65_536))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
