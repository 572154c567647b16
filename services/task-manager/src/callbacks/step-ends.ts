import type { StepChange } from '../facts/apply-event.js';
import type { LoadedRun } from '../runs/run-row.js';
import { isEnded } from '../runs/run-state.js';
import type { StepEnd } from './moments.js';

/** The steps that ended, each try by itself. What comes in after the end of its run is not told: the end was the last word. */
export const stepEndsOf = (changes: readonly StepChange[], runs: ReadonlyMap<string, LoadedRun>): StepEnd[] =>
  changes.flatMap(({ runId, ...step }) => {
    const run = runs.get(runId);
    if (step.finishedAt === null || run === undefined || isEnded(run.was.state)) return [];
    return [{ ...step, run: run.row }];
  });
