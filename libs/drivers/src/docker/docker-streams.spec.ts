import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { atMost, jsonLines, unmixed } from './docker-streams.js';

const frame = (kind: number, text: string): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt8(kind, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

describe('what the Docker Engine sends piece by piece', () => {
  it('is read line by line, wherever it was cut', async () => {
    const text = '{"a":1}\n\nnonsense\n{"b":"two"}\r\n{"c":3}';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 8 }), async (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        const lines: unknown[] = [];
        for await (const line of jsonLines(Readable.from(pieces))) lines.push(line);
        expect(lines).toEqual([{ a: 1 }, { b: 'two' }, { c: 3 }]);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps signs of several bytes whole', async () => {
    const bytes = Buffer.from('{"stream":"größer → fertig"}\n');
    const lines: unknown[] = [];
    for await (const line of jsonLines(Readable.from([...bytes].map((byte) => Buffer.from([byte]))))) lines.push(line);
    expect(lines).toEqual([{ stream: 'größer → fertig' }]);
  });

  it('is output and errors in the order in which they were written', () => {
    expect(unmixed(Buffer.concat([frame(1, 'out\n'), frame(2, 'err\n'), frame(1, '')]))).toBe('out\nerr\n');
    expect(unmixed(Buffer.from('a terminal has no headers'))).toBe('a terminal has no headers');
  });

  it('is kept up to a limit, and read to its end', async () => {
    const stream = Readable.from([Buffer.from('abc'), Buffer.from('def'), Buffer.from('ghi')]);
    expect((await atMost(stream, 4)).toString()).toBe('abcd');
    expect(stream.readableEnded).toBe(true);
  });
});
