import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LogLines } from './log-lines.js';
import type { OutputChunk } from './stored-output.js';

const chunk = (text: string | Buffer, changes: Partial<OutputChunk> = {}): OutputChunk => ({
  seq: 1,
  attempt: 1,
  step: 's',
  stream: 'stdout',
  atMs: 0,
  cut: false,
  data: Buffer.from(text),
  ...changes,
});

const told = (chunks: readonly OutputChunk[]): string => {
  const lines = new LogLines();
  return Buffer.concat([...chunks.map((one) => lines.take(one)), lines.rest()]).toString('latin1');
};
const zero = '1970-01-01T00:00:00.000Z';

describe('LogLines', () => {
  it('puts time and stream in front of each line', () => {
    expect(told([chunk('a\nb\n'), chunk('c\n', { stream: 'stderr', atMs: 1500 })])).toBe(
      `${zero} stdout a\n${zero} stdout b\n1970-01-01T00:00:01.500Z stderr c\n`,
    );
  });

  it('tells a line with the time of its first piece, once it is whole', () => {
    const lines = new LogLines();
    expect(lines.take(chunk('on')).toString()).toBe('');
    expect(lines.take(chunk('err\n', { stream: 'stderr', atMs: 9 })).toString()).toBe(`1970-01-01T00:00:00.009Z stderr err\n`);
    expect(lines.take(chunk('e\n', { atMs: 9 })).toString()).toBe(`${zero} stdout one\n`);
  });

  it('does not mix steps or attempts, and ends what has no line break', () => {
    expect(told([chunk('a'), chunk('b', { step: 't' }), chunk('c', { step: 't', attempt: 2 })])).toBe(
      `${zero} stdout a\n${zero} stdout b\n${zero} stdout c\n`,
    );
  });

  it('marks where output was cut, and knows of times that nobody noted', () => {
    expect(told([chunk('a', { cut: true, atMs: null })])).toBe('- stdout a\n- stdout [klevr: output was cut here]\n');
  });

  it('holds no more than 64 KiB of a line that never ends', () => {
    const lines = new LogLines();
    const out = lines.take(chunk('x'.repeat(200_000))).toString();
    expect(out.split('\n').map((line) => line.length)).toEqual([...Array<number>(3).fill(zero.length + 8 + 65_536), 0]);
    expect(lines.rest().length).toBe(zero.length + 8 + (200_000 - 3 * 65_536) + 1);
  });

  it('keeps every byte of every line, however it was cut into pieces', () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array.map((byte) => (byte % 5 === 0 ? 0x0a : byte))));
    const heads = new RegExp(`^${zero} stdout `, 'gm');
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 20 }), (pieces) => {
        const whole = Buffer.concat(pieces).toString('latin1');
        const expected = whole === '' || whole.endsWith('\n') ? whole : `${whole}\n`;
        expect(told(pieces.map((piece) => chunk(piece))).replace(heads, '')).toBe(expected);
      }),
    );
  });
});
