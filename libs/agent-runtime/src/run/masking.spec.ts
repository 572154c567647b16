import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Masks } from './masking.js';

const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
};
const throughStream = (masks: Masks, pieces: readonly Buffer[]): Buffer => {
  const stream = masks.stream();
  return Buffer.concat([...pieces.map((piece) => stream.push(piece)), stream.end()]);
};

describe('the masks of a run', () => {
  const secret = fc.string({ minLength: 4, maxLength: 12, unit: fc.constantFrom('a', 'b', 'ü', '/') });
  const filler = fc.string({ maxLength: 20, unit: fc.constantFrom('a', 'b', 'x', '\n') });

  it('hide a secret however it is cut into pieces, and change nothing else', () => {
    const text = fc.array(fc.oneof(fc.constant('secret'), filler), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 3 }),
        text,
        fc.array(fc.nat(200), { maxLength: 9 }),
        (secrets, parts, cuts) => {
          const masks = new Masks(secrets);
          const written = Buffer.from(parts.map((part) => (part === 'secret' ? (secrets[0] ?? '') : part)).join(''));
          const shown = throughStream(masks, cutAt(written, cuts));
          expect(shown.equals(throughStream(masks, [written]))).toBe(true);
          expect(shown.equals(masks.whole(written))).toBe(true);
          for (const one of secrets) expect(shown.toString().includes(one)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leave what is no secret as it is, byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300), { maxLength: 5 }), (bytes, cuts) => {
        const masks = new Masks(['a secret that is nowhere']);
        expect(throughStream(masks, cutAt(Buffer.from(bytes), cuts)).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  it.each([
    ['as it is', 'say hunter2/&"\n now', 'say *** now'],
    ['without the white space around it', 'say hunter2/&" now', 'say *** now'],
    ['in base64', `say ${Buffer.from('hunter2/&"').toString('base64')} now`, 'say ***== now'],
    ['in a URL', `say ${encodeURIComponent('hunter2/&"')} now`, 'say *** now'],
    ['in JSON', `say ${JSON.stringify('hunter2/&"')} now`, 'say "***" now'],
  ])('hide a secret %s', (_, text, shown) => {
    expect(new Masks(['hunter2/&"\n']).text(text)).toBe(shown);
  });

  it('hide each longer line of a secret that has several', () => {
    const key = `-----BEGIN KEY-----\n${'QUJD'.repeat(8)}\n-----END KEY-----\n`;
    expect(new Masks([key]).text(`one\r\n  ${'QUJD'.repeat(8)}\r\ntwo`)).toBe('one\r\n  ***\r\ntwo');
  });

  it('hide nothing for values of fewer than four characters', () => {
    expect(new Masks(['abc', 'ü', '']).none).toBe(true);
    expect(new Masks(['  x \n']).text('x')).toBe('x');
  });

  it('give at once what cannot be the beginning of a secret', () => {
    const stream = new Masks(['hunter2']).stream();
    expect(stream.push(Buffer.from('progress 10 %')).toString()).toBe('progress 10 %');
    expect(stream.push(Buffer.from('then hunt')).toString()).toBe('then ');
    expect(stream.push(Buffer.from('ing')).toString()).toBe('hunting');
    expect(stream.push(Buffer.from('hu')).toString()).toBe('');
    expect(stream.end().toString()).toBe('hu');
  });
});
