import type { RunStatus, TerminalStatus } from '@klevr/contracts/task';
import { terminalStatuses } from '@klevr/contracts/task';

/**
 * The life of a run: one table, and nothing else decides.
 * Promises: a terminal state is never left; an event that has no edge from the present state changes nothing.
 * Does not: say who may cause an event; a fact counts only for the run's own agent and attempt, which the caller checks.
 *
 * `accepted` is our own: the agent has journalled the attempt and not yet told that it started. To the outside it is `dispatched`.
 */
export const openStates = ['scheduled', 'queued', 'dispatched', 'accepted', 'running', 'recovering'] as const;
export type OpenState = (typeof openStates)[number];
export type RunState = OpenState | TerminalStatus;

/** States that take one of the zone's places. */
export const placedStates = ['dispatched', 'accepted', 'running', 'recovering'] as const satisfies readonly OpenState[];

/** States in which the attempt is known to be in the agent's journal. */
export const heldStates = ['accepted', 'running', 'recovering'] as const satisfies readonly OpenState[];

export type RunEvent =
  /** What it waited for (its time, the batch or the task before) has come. */
  | 'released'
  /** The dispatcher claimed it: from now on a signed command may exist. */
  | 'claimed'
  /** A definite not-started: it may be sent again. */
  | 'notStarted'
  /** The attempt has ended, and its policy gives another. */
  | 'retried'
  /** Its agent is lost with the attempt, which another follows once this one is known to have ended. */
  | 'outOfSight'
  | 'accepted'
  | 'started'
  | 'recovering'
  /** The agent's last word on the attempt. */
  | `finished:${TerminalStatus}`
  /** The agent will never take it, whichever attempt. */
  | 'refusedForGood'
  /** Canceled, and certain that it never started. */
  | 'canceledBeforeStart'
  /** Canceled, and its agent, cut off for so long, has surely ended the attempt by itself. */
  | 'canceledAlone'
  | 'deadlinePassed'
  /** It should have ended long ago, and its agent says nothing. */
  | 'overdue'
  /** Nobody can say any more whether it ran. */
  | 'fateUnknown';

export type Edge = readonly [from: OpenState, event: RunEvent, to: RunState];

/** The end can be the first that is heard of a run: facts of one batch are applied together, and a requeued attempt may have been taken after all. */
const finishing = openStates
  .filter((from) => from !== 'scheduled')
  .flatMap((from) => terminalStatuses.map((to): Edge => [from, `finished:${to}`, to]));

/** A queued run may still have an attempt somewhere: one that was to be sent again, or that is out of sight. */
const againOf = openStates
  .filter((from) => from !== 'scheduled')
  .flatMap((from): Edge[] => [
    [from, 'retried', 'queued'],
    [from, 'outOfSight', 'queued'],
  ]);

export const edges: readonly Edge[] = [
  ['scheduled', 'released', 'queued'],
  ['scheduled', 'canceledBeforeStart', 'canceled'],
  ['scheduled', 'deadlinePassed', 'timed_out'],
  ['queued', 'claimed', 'dispatched'],
  ['dispatched', 'notStarted', 'queued'],
  ['queued', 'accepted', 'accepted'],
  ['dispatched', 'accepted', 'accepted'],
  ['queued', 'started', 'running'],
  ['dispatched', 'started', 'running'],
  ['accepted', 'started', 'running'],
  ['queued', 'recovering', 'recovering'],
  ['dispatched', 'recovering', 'recovering'],
  ['accepted', 'recovering', 'recovering'],
  ['running', 'recovering', 'recovering'],
  ...finishing,
  ...againOf,
  ['queued', 'refusedForGood', 'failed'],
  ['dispatched', 'refusedForGood', 'failed'],
  ['queued', 'canceledBeforeStart', 'canceled'],
  ['dispatched', 'canceledBeforeStart', 'canceled'],
  ['queued', 'canceledAlone', 'canceled'],
  ['queued', 'deadlinePassed', 'timed_out'],
  ['queued', 'fateUnknown', 'lost'],
  ['dispatched', 'deadlinePassed', 'timed_out'],
  ['accepted', 'overdue', 'timed_out'],
  ['running', 'overdue', 'timed_out'],
  ['recovering', 'overdue', 'timed_out'],
  ['dispatched', 'fateUnknown', 'lost'],
  ['accepted', 'fateUnknown', 'lost'],
  ['running', 'fateUnknown', 'lost'],
  ['recovering', 'fateUnknown', 'lost'],
];

const table = new Map(edges.map(([from, event, to]) => [`${from} ${event}`, to]));

/** Where the event leads, or undefined where it changes nothing. */
export const nextState = (from: RunState, event: RunEvent): RunState | undefined => table.get(`${from} ${event}`);

export const isEnded = (state: RunState): state is TerminalStatus => (terminalStatuses as readonly string[]).includes(state);

export const isHeld = (state: RunState): boolean => (heldStates as readonly string[]).includes(state);

/** How the state is told outside. */
export const statusOf = (state: RunState): RunStatus => (state === 'accepted' ? 'dispatched' : state);
