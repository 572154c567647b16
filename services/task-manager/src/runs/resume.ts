import { apply, type LoadedRun } from './run-row.js';

/**
 * Where the next attempt of a resumable run begins. Pure: the run is changed in memory.
 * Promises: at the first step that no attempt is known to have done. Where none is left the run has succeeded, and only its agent's last word was lost.
 */
export interface DoneStep {
  readonly index: number;
  readonly exitCode: number | null;
  readonly output: string | null;
}

/** `done`: those of all attempts, in the order of their indexes. */
export const resumeAfter = (run: LoadedRun, done: readonly DoneStep[]): void => {
  const { row } = run;
  let [next, last]: [number, DoneStep | undefined] = [0, undefined];
  for (const step of done) {
    if (step.index > next) break;
    next = step.index + 1;
    last = step;
  }
  row.firstStep = next;
  if (last === undefined || row.retry === null || next < row.retry.steps) return;
  const attempt = run.past.pop();
  if (attempt === undefined) return;
  // A recovery takes none of the retries.
  if (row.recoveryOf === null) row.retries -= 1;
  row.recoveryOf = null;
  const { agentId, session, epoch, sentAt: dispatchedAt, acceptedAt, startedAt, firstStep } = attempt;
  Object.assign(row, { attempt: attempt.attempt, agentId, session, epoch, dispatchedAt, acceptedAt, startedAt, firstStep });
  apply(run, 'finished:succeeded', attempt.finishedAt);
  [row.exitCode, row.output] = [last.exitCode, last.output];
};
