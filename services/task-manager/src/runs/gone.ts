import { apply, makeDue, reasonAt, type LoadedRun, type ReasonCode, type RunRow } from './run-row.js';

/**
 * How a run ends that nobody will answer for any more: its agent or its zone is gone for good. Pure: the run is changed in memory.
 * Promises: what no command was ever signed for is `canceled`; of everything else nobody can say whether it ran, so it is `lost`.
 */
export interface Gone {
  readonly code: Extract<ReasonCode, 'AGENT_REMOVED' | 'ZONE_DELETED'>;
  /** "the agent was removed" */
  readonly what: string;
}

/** Of the present attempt no copy can be anywhere: none was signed, or the agent has refused it for good. */
export const neverSigned = ({ state, notAfterAt }: RunRow): boolean => state === 'scheduled' || (state === 'queued' && notAfterAt === null);

export const endGone = (run: LoadedRun, { code, what }: Gone, now: Date): void => {
  if (neverSigned(run.row)) apply(run, 'canceledBeforeStart', now, reasonAt(code, `${what} before it started`, now));
  else apply(run, 'fateUnknown', now, reasonAt(code, `${what}: nobody can say whether the run ended`, now));
};

const agentRemoved: Gone = { code: 'AGENT_REMOVED', what: 'the agent was removed' };

/** What had only been meant for the agent, as one of several that would do, goes to another. */
export const loseAgent = (run: LoadedRun, now: Date): void => {
  const { row } = run;
  const elsewhere = neverSigned(row) && row.attempt === 0 && (row.targetKind === 'any' || row.targetKind === 'primary');
  if (!elsewhere) {
    endGone(run, agentRemoved, now);
    return;
  }
  row.agentId = null;
  makeDue(run);
};
