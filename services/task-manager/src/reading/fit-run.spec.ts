import { describe, expect, it } from '@jest/globals';
import type { Run } from '@klevr/contracts/task';
import { fitRun } from './fit-run.js';
import { bytesOf, largestAnswerBytes, page } from './page.js';

const big = 'x'.repeat(60_000);
const run = (steps: number): Run =>
  ({ id: 'run_1', output: big, steps: Array.from({ length: steps }, (_, index) => ({ index, output: big })) }) as unknown as Run;

describe('an answer that has to fit one message', () => {
  it('tells a small run as it is', () => expect(fitRun(run(2))).toEqual(run(2)));

  it('leaves out the output of the first steps of a large one, and keeps the last and its own', () => {
    const fitted = fitRun(run(20));
    expect(bytesOf(fitted)).toBeLessThanOrEqual(largestAnswerBytes);
    expect(fitted.output).toBe(big);
    expect(fitted.steps.map(({ output }) => output === null)).toEqual(Array.from({ length: 20 }, (_, index) => index < 10));
  });

  it('ends a page before it gets too large, and goes on from there', () => {
    const rows = Array.from({ length: 30 }, (_, index) => ({ id: `run_${index}`, output: big }));
    const { items, nextCursor } = page(rows, 29);
    expect(items).toHaveLength(11);
    expect(nextCursor).toBe('run_10');
  });

  it('has no next page where everything was given', () => {
    expect(page([{ id: 'a' }, { id: 'b' }], 2)).toEqual({ items: [{ id: 'a' }, { id: 'b' }], nextCursor: null });
    expect(page([{ id: 'a' }, { id: 'b' }, { id: 'c' }], 2).nextCursor).toBe('b');
  });
});
