import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { faultsOf, story } from './run-stories.fixture.js';

describe('the life of a run, whatever happens in whatever order', () => {
  it('follows the table, ends once, and has no two attempts at work at the same time', () => {
    fc.assert(
      fc.property(story, (told) => expect(faultsOf(told)).toEqual([])),
      { numRuns: 1_000 },
    );
  }, 60_000);
});
