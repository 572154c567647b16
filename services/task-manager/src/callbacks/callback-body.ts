import type { Run, Task } from '@klevr/contracts/task';

/**
 * What a callback says: `{ type, timestamp, data: { task, runs } }`. Bounded: the first 1,000 runs, and where that is more than 2 MiB, their
 * output and steps are left out (`GET /runs/{id}` has them).
 */
export const largestRuns = 1_000;
const largestBytes = 2 * 1024 * 1024;

export const callbackBody = (type: string, timestamp: string, task: Task, runs: readonly Run[]): string => {
  const whole = JSON.stringify({ type, timestamp, data: { task, runs } });
  if (whole.length <= largestBytes) return whole;
  return JSON.stringify({ type, timestamp, data: { task, runs: runs.map((run) => ({ ...run, output: null, steps: [] })) } });
};
