import { describe, expect, it } from '@jest/globals';
import { RetryPolicy } from '@klevr/contracts/execution';
import fc from 'fast-check';
import { endAttempt } from './attempt-end.js';
import { resumeAfter, type DoneStep } from './resume.js';
import { reasonAt, type LoadedRun } from './run-row.js';
import { after, sentRun } from './run-row.fixture.js';

const done = (...indexes: number[]): DoneStep[] => indexes.map((index) => ({ index, exitCode: index, output: `out ${index}` }));
const retried = (steps: number, firstStep = 0): LoadedRun => {
  const retry = { ...RetryPolicy.parse({}), resumable: true, steps };
  const run = sentRun({ state: 'running', acceptedAt: after(1), startedAt: after(2), execution: 'atLeastOnce', retry, firstStep });
  endAttempt(run, { event: 'finished:lost', reason: reasonAt('AGENT_CRASHED', 'so', after(9)), at: after(9), now: after(10) });
  return run;
};

describe('where a further attempt begins', () => {
  it.each([
    [[], 0],
    [[0], 1],
    [[0, 1], 2],
    [[0, 0, 1], 2],
    [[1], 0],
    [[0, 2], 1],
  ])('after %j: at %d', (indexes, first) => {
    const run = retried(4);
    resumeAfter(run, done(...indexes));
    expect(run.row).toMatchObject({ firstStep: first, attempt: 2, state: 'queued' });
  });

  it('is nowhere where all is done: then it has succeeded with its last output, in the attempt that did it', () => {
    const run = retried(2, 1);
    resumeAfter(run, done(0, 1));
    expect(run.row).toMatchObject({
      ...{ state: 'succeeded', attempt: 1, retries: 0, firstStep: 1, agentId: 'agt_1', session: 'ses_1', epoch: 5 },
      ...{ output: 'out 1', exitCode: 1, startedAt: after(2), finishedAt: after(9), waitCode: null, reason: null },
    });
    expect(run.past).toEqual([]);
  });

  it('is never beyond a step that is not done', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(7)), (steps, indexes) => {
        const known = indexes.filter((index) => index < steps).sort((a, b) => a - b);
        const run = retried(steps);
        resumeAfter(run, done(...known));
        const missing = Array.from({ length: steps }, (_, index) => index).find((index) => !known.includes(index));
        return missing === undefined ? run.row.state === 'succeeded' : run.row.firstStep === missing;
      }),
    );
  });
});
