import type { Verdict } from '@klevr/contracts/presence';
import type { Log } from '@klevr/platform/log';
import type { Journal } from '../journal/journal.js';
import type { Runs } from '../run/runs.js';

/**
 * What the centre says at hello about each attempt that this agent knows. `keep` and `sendResult` ask for nothing more than what happens anyway: the run goes
 * on, and its facts are sent until they are answered.
 */
export const applyVerdicts = (
  verdicts: readonly Verdict[],
  { journal, runs, log }: { readonly journal: Pick<Journal, 'forget' | 'ledger'>; readonly runs: Pick<Runs, 'stop'>; readonly log: Log },
): void => {
  for (const { verdict, ...key } of verdicts) {
    if (verdict === 'stop' && runs.stop(key, 'superseded')) log.warn(key, 'the centre gave this attempt up: it is ended');
    if (verdict === 'forget' && journal.ledger.find(key)?.state !== 'starting') journal.forget(key);
  }
};
