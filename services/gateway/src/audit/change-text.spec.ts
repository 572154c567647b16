import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalText } from '../http/canonical-digest.js';
import { changeText, difference, MAX_CHANGE_BYTES } from './change-text.js';

describe('the text of a change', () => {
  it('is canonical, also once it was read and written again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (after) => {
        const text = changeText({ after }) ?? '';
        expect(canonicalText(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('is nothing where there is nothing to tell', () => {
    expect(changeText({})).toBeNull();
    expect(changeText({ before: undefined })).toBeNull();
  });

  it('has a script of up to 16 KiB whole', () => {
    const run = 'ä'.repeat(8_000);
    expect(JSON.parse(changeText({ after: { steps: [{ run }] } }) ?? '')).toEqual({ after: { steps: [{ run }] } });
  });

  it('has a longer one by its SHA-256, and all the rest of the change', () => {
    const run = 'x'.repeat(20_000);
    expect(JSON.parse(changeText({ after: { name: 'n', steps: [{ run }] } }) ?? '')).toEqual({
      after: { name: 'n', steps: [{ run: { $cut: { bytes: 20_000, sha256: hash('sha256', run) } } }] },
    });
  });

  it('is never longer than that, whatever there is to tell', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => ({ at }));
    const text = changeText({ before: { small: 1 }, after: many }) ?? '';
    expect(JSON.parse(text)).toMatchObject({ after: { $cut: { sha256: hash('sha256', canonicalText(many)) } } });
    const sizes = fc.array(fc.string({ maxLength: 3_000 }), { maxLength: 30 });
    fc.assert(fc.property(sizes, (after) => Buffer.byteLength(changeText({ after }) ?? '') <= MAX_CHANGE_BYTES));
  });
});

describe('a difference', () => {
  it('is nothing between equals, and has only what differs', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (same) => expect(difference(same, same)).toEqual({ before: {}, after: {} })),
    );
    expect(difference({ a: 1, b: { c: 1, d: [1, 2] }, gone: 1 }, { a: 1, b: { c: 2, d: [1, 3] }, made: 1 })).toEqual({
      before: { b: { c: 1, d: [1, 2] }, gone: 1 },
      after: { b: { c: 2, d: [1, 3] }, made: 1 },
    });
  });

  it('has each field that is new or another now', () => {
    const things = fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string()));
    fc.assert(
      fc.property(things, things, (before, after) => {
        const left = difference(before, after);
        for (const [name, value] of Object.entries(after)) {
          const isSame = Object.hasOwn(before, name) && before[name] === value;
          expect(Object.hasOwn(left.after as object, name)).toBe(!isSame);
        }
      }),
    );
  });
});
