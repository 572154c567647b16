import type { AttemptKey } from './journal/attempt-ledger.js';

export type DepartureKind = 'shutdown' | 'restart' | 'force';

/** How a task wants the agent to end. */
export interface DepartureRequest {
  readonly kind: DepartureKind;
  /** For work of others. */
  readonly waitMs: number;
  /** The run that asks. */
  readonly by: AttemptKey;
}

export interface Departs {
  begin(request: DepartureRequest): void;
}
