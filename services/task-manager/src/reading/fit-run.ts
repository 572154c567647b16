import type { Run } from '@klevr/contracts/task';
import { bytesOf, largestAnswerBytes } from './page.js';

/** A run with a hundred steps can tell more than an answer holds: then the output of its steps is left out, the oldest first, its own never. */
export const fitRun = (run: Run): Run => {
  let excess = bytesOf(run) - largestAnswerBytes;
  if (excess <= 0) return run;
  const steps = run.steps.map((step) => {
    if (excess <= 0 || step.output === null) return step;
    excess -= bytesOf(step.output);
    return { ...step, output: null };
  });
  return { ...run, steps };
};
