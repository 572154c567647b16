import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { faultsOf, story } from './run-stories.fixture.js';

/** The rarest faults were found among tens of thousands. */
it('a hundred thousand lives of a run follow the table, end once, and have no two attempts at work at the same time', () => {
  fc.assert(
    fc.property(story, (told) => expect(faultsOf(told)).toEqual([])),
    { numRuns: 100_000 },
  );
}, 900_000);
