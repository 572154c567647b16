import type { TerminalStatus } from '@klevr/contracts/task';

/** What a transaction that changed runs leaves to be done after its commit. */
export interface Stored {
  /** Ends, for those who count. */
  readonly ended: readonly TerminalStatus[];
  /** How many wait in the outbox now: without any the relay need not look. */
  readonly events: number;
  readonly callbacksDue: boolean;
  /** Zones of other runs that are due now, since what they waited for has ended. */
  readonly dueZones: readonly string[];
  /** The first time that one of these runs waits for, or its task. */
  readonly wakeAt: Date | null;
}

export const nothingStored: Stored = { ended: [], events: 0, callbacksDue: false, dueZones: [], wakeAt: null };

/** Of several within one transaction. */
export const mergeStored = (all: readonly Stored[]): Stored => {
  const times = all.flatMap(({ wakeAt }) => wakeAt?.getTime() ?? []);
  return {
    ended: all.flatMap(({ ended }) => ended),
    events: all.reduce((sum, { events }) => sum + events, 0),
    callbacksDue: all.some(({ callbacksDue }) => callbacksDue),
    dueZones: all.flatMap(({ dueZones }) => dueZones),
    wakeAt: times.length === 0 ? null : new Date(Math.min(...times)),
  };
};
