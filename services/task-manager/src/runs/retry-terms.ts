import type { RetryPolicy } from '@klevr/contracts/execution';
import type { Reason, RunStatus } from '@klevr/contracts/task';

/** What a run of `atLeastOnce` may do beyond its first attempt. It is kept with the run, as those that judge it look at nothing else. */
export interface RetryTerms extends RetryPolicy {
  /** A further attempt goes on after the steps that are done. */
  readonly resumable: boolean;
  /** How many steps its task has. */
  readonly steps: number;
}

/** An attempt that was followed by another. */
export interface PastAttempt {
  readonly runId: string;
  readonly attempt: number;
  readonly agentId: string;
  readonly session: string;
  readonly epoch: number;
  readonly sentAt: Date;
  readonly acceptedAt: Date | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date;
  readonly outcome: RunStatus;
  readonly reason: Reason | null;
  readonly firstStep: number;
}
