import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lineDiff } from './line-diff.js';

describe('the difference of two texts', () => {
  it('is the lines that went and the lines that came, not those between', () => {
    expect(lineDiff('a\nb\nc\nd\ne', 'a\nB\nc\nD\ne')).toEqual({ before: 'b\nd', after: 'B\nD' });
    expect(lineDiff('a\nb', 'a\nx\nb')).toEqual({ before: '', after: 'x' });
  });

  it('is nothing for the same text, and tells of no line that did not go or come', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (old, fresh) => {
        const { before, after } = lineDiff(old.join('\n'), fresh.join('\n'));
        expect(lineDiff(old.join('\n'), old.join('\n'))).toEqual({ before: '', after: '' });
        for (const line of before.split('\n').filter(Boolean)) expect(old).toContain(line);
        for (const line of after.split('\n').filter(Boolean)) expect(fresh).toContain(line);
      }),
    );
  });

  it('stays short however much changed', () => {
    const many = (word: string) => Array.from({ length: 3_000 }, (_, index) => `${word}${index}`).join('\n');
    expect(lineDiff(many('a'), many('b')).after.split('\n')).toHaveLength(61);
  });
});
