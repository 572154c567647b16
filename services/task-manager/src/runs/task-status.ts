import type { Reason, TerminalStatus } from '@klevr/contracts/task';

/**
 * The status of a task from those of its runs: `running` while any run is open, else the worst of them.
 * From worst to best: nobody knows what happened, the undoing failed too, it failed, it took too long, somebody ended it, all went well.
 */
export const worstFirst: readonly TerminalStatus[] = ['lost', 'recovery_failed', 'failed', 'timed_out', 'canceled', 'succeeded'];

export type EndCounts = Readonly<Partial<Record<TerminalStatus, number>>>;

/** Of a task whose runs have all ended. */
export const worstOf = (counts: EndCounts): TerminalStatus => worstFirst.find((status) => (counts[status] ?? 0) > 0) ?? 'succeeded';

/** Why a finished task is what it is: its only kind of end, or how its runs differ. */
export const endReason = (counts: EndCounts, worstReason: Reason | null, since: string): Reason | null => {
  const kinds = worstFirst.filter((status) => (counts[status] ?? 0) > 0);
  if (kinds.length < 2) return worstReason;
  const message = kinds.map((status) => `${counts[status]} ${status.replace('_', ' ')}`).join(', ');
  return { code: 'RUNS_DIFFER', message: `its runs ended differently: ${message}`, since };
};
