import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeFrame, type Frame, FrameSplitter } from './frame.js';

const word = fc.nat({ max: 2 ** 31 - 1 });
const frames = fc.array(
  fc.record({
    head: fc.record({ program: word, version: word, procedure: word, type: word, serial: word, status: word }),
    payload: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 8 },
);

describe('the frames of libvirt', () => {
  it('come out whole and in order, however the bytes were cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(encodeFrame));
        const splitter = new FrameSplitter();
        const got: Frame[] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
          const size = cuts[cut % cuts.length] ?? 1;
          got.push(...splitter.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(got.map(({ head }) => head)).toEqual(sent.map(({ head }) => head));
        expect(got.map(({ payload }) => payload.toString('hex'))).toEqual(sent.map(({ payload }) => payload.toString('hex')));
      }),
    );
  });

  it.each(['00000000', '0000001b', '02000006', 'ffffffff'])('refuse the length %s', (length) => {
    expect(() => new FrameSplitter().push(Buffer.from(length, 'hex'))).toThrow('a message of');
  });
});
