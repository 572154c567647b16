import { leaseAfter } from '../runs/attempt-end.js';
import { goElsewhere, loseAgent, mayGoElsewhere } from '../runs/gone.js';
import { apply, deadlineCheckAt, hold, reasonAt, wakeAtFor, type LoadedRun, type RunRow } from '../runs/run-row.js';
import type { Room } from '../governors/room.js';
import type { Primary } from './primary.js';

/**
 * What becomes of a zone's due runs, given who is there and what room there is. Pure: the runs are changed in memory, their writing is the caller's.
 * Promises: nothing is sent for the first time, nor given an agent, beyond the room; in the order in which the runs are given.
 */
export interface AgentStanding {
  readonly online: boolean;
  /** It gets nothing new, and nothing again that it has not accepted. */
  readonly drained: boolean;
  readonly removed: boolean;
  readonly session: string | null;
  readonly journalId: string | null;
  readonly since: Date;
}

export interface Standing {
  readonly agents: ReadonlyMap<string, AgentStanding>;
  readonly primary: Primary;
  /** What is taken here is taken from it. */
  readonly room: Room;
  readonly now: Date;
}

export interface ClaimDecision {
  readonly send: RunRow[];
  readonly unbound: RunRow[];
  readonly cancel: RunRow[];
}

/** How long a signed command is good for. */
export const commandLifeMs = 30_000;
const tryAgainMs = 1_000;
/** As long as a command is good for: one that is good is always there, and hosts that do not answer cost next to nothing. */
const longestResendMs = commandLifeMs;

/** An unaccepted command is sent again after 1, 2, 4, 8, 16, 30, 30, … seconds; at once where its agent says hello or another primary leads. */
export const resendDelayMs = (sendCount: number): number => Math.min(longestResendMs, 1_000 * 2 ** Math.max(0, sendCount - 1));

export const claimRuns = (runs: readonly LoadedRun[], standing: Standing): ClaimDecision => {
  const decision: ClaimDecision = { send: [], unbound: [], cancel: [] };
  for (const run of runs) {
    const { state, due } = run.row;
    if (state === 'dispatched' || (state === 'queued' && due)) decide(run, standing, decision);
  }
  return decision;
};

const decide = (run: LoadedRun, standing: Standing, decision: ClaimDecision): void => {
  const { row } = run;
  const { now } = standing;
  if (row.deadlineAt !== null && row.deadlineAt <= now) return pastDeadline(run, now);
  if (row.targetKind === 'primary' && mayGoElsewhere(row)) {
    goElsewhere(run, standing.primary.kind === 'none' ? null : standing.primary.agentId, now);
  }
  if (row.agentId === null) return bindFirst(run, standing, decision);
  const agent = standing.agents.get(row.agentId);
  if (agent?.removed === true) {
    loseAgent(run, now);
    return row.state === 'queued' && row.agentId === null ? bindFirst(run, standing, decision) : undefined;
  }
  if (agent === undefined || !agent.online || agent.session === null) return putAside(run, away, now);
  if (row.cancelRequestedAt !== null) return repeatCancel(run, agent.session, now, decision);
  if (agent.drained) return putAside(run, drained, now);
  if (row.state === 'queued' && !hasRoom(run, standing, decision)) return;
  send(run, { ...agent, session: agent.session }, standing);
  decision.send.push(row);
};

/** What was sent holds its place. Where a host is full, what may go elsewhere does. */
const hasRoom = (run: LoadedRun, { room, now }: Standing, decision: ClaimDecision): boolean => {
  const { row } = run;
  const full = room.whyFull(row);
  if (full === null) {
    room.take(row);
    return true;
  }
  // Bound to its host, it is passed by as long as that is full.
  if (row.targetKind === 'primary') run.changed = true;
  if (full === 'HOST_BUSY' && row.targetKind !== 'primary' && mayGoElsewhere(row)) {
    goElsewhere(run, null, now);
    decision.unbound.push(row);
  }
  return false;
};

/** A command that may still be taken is waited for. */
const pastDeadline = (run: LoadedRun, now: Date): void => {
  const checkAt = deadlineCheckAt(run.row) ?? now;
  if (checkAt <= now) apply(run, 'deadlinePassed', now, reasonAt('DEADLINE_PASSED', 'its deadline passed before it started', now));
  else {
    run.row.wakeAt = checkAt;
    run.changed = true;
  }
};

/** A copy of the attempt may be on its way, so it is the agent that must say whether it never started. */
const repeatCancel = (run: LoadedRun, session: string, now: Date, decision: ClaimDecision): void => {
  const { row } = run;
  apply(run, 'claimed', now);
  row.due = false;
  row.session = session;
  row.sendCount += 1;
  row.wakeAt = wakeAtFor(row, new Date(now.getTime() + resendDelayMs(row.sendCount)));
  run.changed = true;
  decision.cancel.push(row);
};

const bindFirst = (run: LoadedRun, { room, now }: Standing, decision: ClaimDecision): void => {
  if (run.row.targetKind === 'primary') {
    hold(run, { code: 'NO_PRIMARY', message: 'the zone has no primary now', since: now }, null);
  } else if (room.whyFull(run.row) === null) {
    room.take(run.row);
    decision.unbound.push(run.row);
  }
};

const away = { code: 'AGENT_OFFLINE', message: 'the agent that was to take it has just gone away' } as const;
const drained = { code: 'AGENT_DRAINED', message: 'the agent that was to take it is drained' } as const;

/** Its agent is away, or takes nothing. What is bound to it waits for it; what may go elsewhere is bound anew a little later. */
const putAside = (run: LoadedRun, why: typeof away | typeof drained, now: Date): void => {
  const { row } = run;
  run.changed = true;
  if (row.state === 'dispatched') {
    row.wakeAt = wakeAtFor(row, null);
  } else if (mayGoElsewhere(row)) {
    goElsewhere(run, null, now);
    // Who leads next, or the undraining, is told.
    const told = why === drained && row.targetKind === 'primary';
    hold(run, { ...why, since: now }, told ? null : new Date(now.getTime() + tryAgainMs));
  } else {
    row.due = false;
    row.wakeAt = wakeAtFor(row, null);
  }
};

const send = (run: LoadedRun, agent: { session: string; journalId: string | null }, { primary, now }: Standing): void => {
  const { row } = run;
  if (row.attempt === 0) row.attempt = 1;
  if (row.sendCount === 0) {
    row.dispatchedAt = now;
    row.journalId = agent.journalId;
  }
  row.sendCount += 1;
  row.session = agent.session;
  row.epoch = primary.epoch;
  row.due = false;
  const notAfterMs = Math.min(now.getTime() + commandLifeMs, row.deadlineAt?.getTime() ?? Number.POSITIVE_INFINITY);
  row.notAfterAt = new Date(notAfterMs);
  row.leaseUntil = leaseAfter(row, notAfterMs);
  apply(run, 'claimed', now);
  run.changed = true;
  row.wakeAt = wakeAtFor(row, new Date(now.getTime() + resendDelayMs(row.sendCount)));
};
