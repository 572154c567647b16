import { appliedIn, asideName } from './docker-names.js';
import type { ActualContainer } from './actual-state.js';

/** Which of the containers that carry a part's mark is the part, and which are left over from an apply that was cut off. */
export interface ContainerPart {
  readonly current: ActualContainer | undefined;
  /** Whether `current` has another name: it was put aside, or renamed by hand. */
  readonly misnamed: boolean;
  readonly leftovers: readonly ActualContainer[];
}

export const containerPart = (all: readonly ActualContainer[], part: string, name: string): ContainerPart => {
  const own = all.filter((container) => container.part === part);
  const named = own.find((container) => container.name === name);
  const aside = own.find((container) => container.name === asideName(name));
  // One that never ran well gives way to the one that it should have replaced.
  const current = named !== undefined && (aside === undefined || runs(named) || isDoneJob(named)) ? named : (aside ?? own[0]);
  return { current, misnamed: current !== undefined && current.name !== name, leftovers: own.filter((container) => container !== current) };
};

/** A job that was done is not to be done again because nobody came to take the earlier one away. */
const isDoneJob = ({ labels, info: { State } }: ActualContainer): boolean =>
  State.Status === 'exited' && State.ExitCode === 0 && (appliedIn(labels) as { job?: unknown } | null)?.job === true;

export const runs = ({ info: { State } }: ActualContainer): boolean => State.Running && !State.Restarting;

/** The engine's own word; of one that ended with how. */
export const stateOf = ({ info: { State } }: ActualContainer): string =>
  State.Status === 'exited' ? `exited (${State.ExitCode})` : State.Status;
