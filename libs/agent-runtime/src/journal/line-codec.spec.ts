import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeLines, encodeLine } from './line-codec.js';

const record = fc.record({ text: fc.string(), number: fc.integer(), list: fc.array(fc.string()) });

describe('lines of records', () => {
  it('read back what was written', () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const bytes = Buffer.from(records.map(encodeLine).join(''));
        expect(decodeLines(bytes)).toEqual({ records, goodBytes: bytes.length, damaged: false });
      }),
    );
  });

  it('torn at any byte give the whole records before the tear', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1 }), fc.nat(), (records, at) => {
        const lines = records.map(encodeLine);
        const bytes = Buffer.from(lines.join(''));
        const cut = at % bytes.length;
        let [whole, length] = [0, 0];
        for (const line of lines) {
          if (length + Buffer.byteLength(line) > cut) break;
          length += Buffer.byteLength(line);
          whole += 1;
        }
        expect(decodeLines(bytes.subarray(0, cut))).toEqual({ records: records.slice(0, whole), goodBytes: length, damaged: false });
      }),
    );
  });

  it('are damaged where a whole line follows a broken one', () => {
    const text = encodeLine({ a: 1 }) + encodeLine({ b: 2 }).replace('2', '3') + encodeLine({ c: 3 });
    expect(decodeLines(Buffer.from(text))).toMatchObject({ records: [{ a: 1 }, { c: 3 }], damaged: true });
  });

  it('pass over what a full disk left behind', () => {
    const good = encodeLine({ a: 1 });
    expect(decodeLines(Buffer.concat([Buffer.from(good), Buffer.alloc(64)]))).toEqual({
      records: [{ a: 1 }],
      goodBytes: Buffer.byteLength(good),
      damaged: false,
    });
  });
});
