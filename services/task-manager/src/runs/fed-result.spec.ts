import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { largestResult, resultOf } from './fed-result.js';

const run = (agentId: string, output: string | null): { agentId: string; output: string | null } => ({ agentId, output });

describe('the result that a task gets from the one before', () => {
  it('is the output of its run', () => {
    expect(resultOf([run('agt_1', 'out')])).toBe('out');
    expect(resultOf([run('agt_1', null)])).toBeNull();
  });

  it('of several runs tells the output of each host', () => {
    expect(JSON.parse(resultOf([run('agt_1', 'a'), run('agt_2', null), run('agt_3', '"')]) ?? '')).toEqual({
      agt_1: 'a',
      agt_2: null,
      agt_3: '"',
    });
    expect(resultOf([run('agt_1', null), run('agt_2', null)])).toBeNull();
    expect(resultOf([])).toBeNull();
  });

  it('is never more than a command may carry, and names every host', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40_000), { minLength: 2, maxLength: 20 }), (lengths) => {
        const result = resultOf(lengths.map((length, index) => run(`agt_${index}`, '"'.repeat(length)))) ?? '';
        return result.length <= largestResult && Object.keys(JSON.parse(result) as object).length === lengths.length;
      }),
      { numRuns: 50 },
    );
  });
});
