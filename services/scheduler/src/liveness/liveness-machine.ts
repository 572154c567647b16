import type { AgentStatus } from '@klevr/contracts/agent';
import { silentAfterBeats } from '@klevr/contracts/presence';

/**
 * Who is there, as one replica judges it of one agent: signals and times go in, the next state and what is to be done come out. No clock, no
 * timers, no database; the caller wakes it at `wakeAtMs` with a `tick`.
 *
 * Promises: only changes of the table `legalChanges`. Nobody becomes lost but a suspect whose whole grace passed, that then did not answer a
 * probe of its own subject, and not while an incident is open. Hysteresis, so that nothing flaps: a connection that is cut and followed by a
 * hello within a moment changes nothing; a suspect is back by a hello, by an answered probe, or by two words of its primary about
 * heartbeats that came after the suspicion; a primary's `silent` says nothing of an agent that gave a sign of life to the centre itself less than
 * almost three heartbeats ago; after an answered probe, and until that primary has heard it again (its way to the primary is broken, not the agent), it
 * only makes the agent be asked again, once a grace.
 * Does not: know what other replicas decided; the store compares before it sets, and `row` brings the truth.
 */
export const legalChanges: Readonly<Record<AgentStatus, readonly AgentStatus[]>> = {
  pending: ['online', 'drained', 'left'],
  online: ['suspect', 'drained', 'suspended', 'left'],
  drained: ['suspect', 'online', 'suspended', 'left'],
  suspect: ['online', 'drained', 'lost', 'suspended', 'left'],
  lost: ['online', 'drained', 'suspended', 'left'],
  suspended: ['online', 'drained', 'left'],
  left: ['online', 'drained'],
};

export type ProbeResult = 'alive' | 'dead' | 'unknown';
type Asked = 'grace' | 'unheard' | 'lost';

export interface Liveness {
  readonly status: AgentStatus;
  /** It gets no work; decides what being there is called. */
  readonly drained: boolean;
  /** What speaks against an agent that is there, not believed before `dueMs`. */
  readonly doubt: { readonly cause: string; readonly sinceMs: number; readonly dueMs: number } | undefined;
  /** Of a suspect. */
  readonly grace: { readonly sinceMs: number; readonly dueMs: number } | undefined;
  readonly asking: { readonly why: Asked; readonly cause: string; readonly atMs: number } | undefined;
  /** Words of its primary that it was heard, in a row since the suspicion. */
  readonly heard: number;
  /** It answered a probe while its primary called it silent. */
  readonly excused: boolean;
}

/** Times are of one monotonic clock. */
export interface Setting {
  readonly nowMs: number;
  /** When the agent last gave a sign of life to the centre itself. */
  readonly aliveAtMs: number;
  readonly heartbeatMs: number;
  readonly graceMs: number;
  /** One is open for its zone or for all of them. */
  readonly incident: boolean;
}

export type LivenessSignal =
  /** The server shows a new connection of it; a hello should follow. */
  | { readonly kind: 'connected' }
  | { readonly kind: 'cut'; readonly momentMs: number }
  | { readonly kind: 'heard'; readonly heardAtMs: number }
  | { readonly kind: 'silent' }
  /** Nobody has heard of it since its primary began, or since we were away. */
  | { readonly kind: 'unheard'; readonly cause: string }
  /** The election found it dead. */
  | { readonly kind: 'accused'; readonly cause: string }
  | { readonly kind: 'probed'; readonly atMs: number; readonly answer: ProbeResult }
  | { readonly kind: 'hello' }
  | { readonly kind: 'goodbye'; readonly reason: 'stopping' | 'suspending' }
  | { readonly kind: 'approve' | 'drain' | 'undrain' | 'primaryChanged' | 'incidentOpened' | 'incidentClosed' | 'ourFault' | 'tick' }
  /** The change from `was` could not be stored. */
  | { readonly kind: 'notStored'; readonly was: AgentStatus }
  /** What the table has. `excused`: another replica's probe was answered. */
  | { readonly kind: 'row'; readonly status: AgentStatus; readonly drained: boolean; readonly excused?: boolean };

export type LivenessEffect =
  { readonly kind: 'change'; readonly to: AgentStatus; readonly cause: string } | { readonly kind: 'probe'; readonly atMs: number };

export interface LivenessStep {
  readonly next: Liveness;
  readonly effects: readonly LivenessEffect[];
}

/** By this cause in the event of the return the other replicas know what excuses the agent. */
export const answeredCause = 'answered a probe';

const wordsToReturn = 2;
/** One that dialled again within the moment has this long from the cut to say hello. */
const helloWithinMs = 800;
/** After which a change that could not be stored is tried again. */
const againMs = 5_000;

const calm = { doubt: undefined, grace: undefined, asking: undefined, heard: 0, excused: false } as const;

export const presentStatus = (drained: boolean): 'online' | 'drained' => (drained ? 'drained' : 'online');
export const isPresent = (status: AgentStatus): boolean => status === 'online' || status === 'drained';

export const livenessOf = (status: AgentStatus, drained: boolean, { nowMs, graceMs }: Setting): Liveness => {
  const grace = status === 'suspect' ? { sinceMs: nowMs, dueMs: nowMs + graceMs } : undefined;
  return { ...calm, status, drained, grace };
};

/** Nothing is pending: to be forgotten until the next signal. */
export const isCalm = ({ doubt, grace, asking, excused }: Liveness): boolean => !doubt && !grace && !asking && !excused;

export const wakeAtMs = ({ doubt, grace, asking }: Liveness): number | undefined => (asking ? undefined : (doubt?.dueMs ?? grace?.dueMs));

export const step = (agent: Liveness, signal: LivenessSignal, at: Setting): LivenessStep => {
  const { status } = agent;
  switch (signal.kind) {
    case 'connected':
      return agent.doubt ? keep({ ...agent, doubt: { ...agent.doubt, dueMs: agent.doubt.sinceMs + helloWithinMs } }) : keep(agent);
    case 'cut': {
      const doubt = { cause: 'its connection was cut', sinceMs: at.nowMs, dueMs: at.nowMs + signal.momentMs };
      return isPresent(status) ? keep({ ...agent, doubt }) : keep(agent);
    }
    case 'heard':
      return heard(agent, signal.heardAtMs, at);
    case 'silent':
      return silent(agent, at);
    case 'accused':
      return isPresent(status) ? suspect(agent, signal.cause, at) : keep(agent);
    case 'unheard':
      return isPresent(status) && !agent.asking ? ask(agent, 'unheard', signal.cause, at) : keep(agent);
    case 'probed':
      return agent.asking?.atMs === signal.atMs ? answered(agent, agent.asking, signal.answer, at) : keep(agent);
    case 'tick':
      return tick(agent, at);
    case 'hello':
      return change({ ...agent, ...calm }, presentStatus(agent.drained), 'said hello');
    case 'goodbye':
      if (status === 'pending' || status === 'left') return keep(agent);
      return change({ ...agent, ...calm }, signal.reason === 'stopping' ? 'left' : 'suspended', `said goodbye: ${signal.reason}`);
    case 'drain':
    case 'undrain': {
      const drained = signal.kind === 'drain';
      const next = { ...agent, drained };
      return isPresent(status) ? change(next, presentStatus(drained), `${signal.kind}ed by an operator`) : keep(next);
    }
    case 'primaryChanged':
      return keep({ ...agent, excused: false, heard: 0 });
    case 'incidentOpened':
    case 'incidentClosed':
    case 'ourFault':
      return keep(graceAnew(agent, at));
    case 'notStored':
      return keep(notStored(agent, signal.was, at));
    case 'row':
      return keep(row(agent, signal, at));
    case 'approve':
      // It may come now; its hello brings it online.
      return keep(agent);
  }
};

const keep = (next: Liveness): LivenessStep => ({ next, effects: [] });

const change = (agent: Liveness, to: AgentStatus, cause: string): LivenessStep =>
  agent.status === to ? keep(agent) : { next: { ...agent, status: to }, effects: [{ kind: 'change', to, cause }] };

const suspect = (agent: Liveness, cause: string, at: Setting): LivenessStep => {
  const grace = { sinceMs: at.nowMs, dueMs: at.nowMs + at.graceMs };
  return change({ ...agent, ...calm, grace }, 'suspect', cause);
};

const back = (agent: Liveness, cause: string, excused = false): LivenessStep =>
  change({ ...agent, ...calm, excused }, presentStatus(agent.drained), cause);

const ask = (agent: Liveness, why: Asked, cause: string, { nowMs }: Setting): LivenessStep => ({
  next: { ...agent, asking: { why, cause, atMs: nowMs } },
  effects: [{ kind: 'probe', atMs: nowMs }],
});

const graceAnew = (agent: Liveness, { nowMs, graceMs }: Setting): Liveness =>
  agent.grace ? { ...agent, grace: { ...agent.grace, dueMs: nowMs + graceMs }, asking: undefined } : agent;

const heard = (agent: Liveness, heardAtMs: number, at: Setting): LivenessStep => {
  if (agent.status === 'lost') return agent.asking ? keep(agent) : ask(agent, 'lost', '', at);
  if (agent.status !== 'suspect') return keep({ ...agent, excused: false });
  // A roll-up repeats what was heard before the suspicion; that says nothing.
  if (agent.grace && heardAtMs <= agent.grace.sinceMs) return keep(agent);
  return agent.heard + 1 < wordsToReturn ? keep({ ...agent, heard: agent.heard + 1 }) : back(agent, 'heard by its primary again');
};

const row = (agent: Liveness, { status, drained, excused = false }: Extract<LivenessSignal, { kind: 'row' }>, at: Setting): Liveness => {
  // What is pending about one that is known as such stays: a late word of the row must void neither a grace nor a doubt.
  const known = status === agent.status || (isPresent(status) && isPresent(agent.status));
  return known ? { ...agent, status, drained, excused: agent.excused || excused } : { ...livenessOf(status, drained, at), excused };
};

const silent = (agent: Liveness, at: Setting): LivenessStep => {
  if (!isPresent(agent.status)) return keep({ ...agent, heard: 0 });
  const quietMs = at.nowMs - at.aliveAtMs;
  if (agent.asking || quietMs < silentAfterBeats * at.heartbeatMs) return keep(agent);
  if (!agent.excused) return suspect(agent, 'silent towards its primary', at);
  return quietMs < at.graceMs ? keep(agent) : ask(agent, 'unheard', 'silent towards its primary, and no answer to a probe', at);
};

const tick = (agent: Liveness, at: Setting): LivenessStep => {
  if (agent.asking) return keep(agent);
  if (agent.doubt) return at.nowMs < agent.doubt.dueMs ? keep(agent) : suspect(agent, agent.doubt.cause, at);
  if (!agent.grace || at.nowMs < agent.grace.dueMs) return keep(agent);
  return at.incident ? keep(graceAnew(agent, at)) : ask(agent, 'grace', '', at);
};

const answered = (agent: Liveness, { why, cause }: NonNullable<Liveness['asking']>, answer: ProbeResult, at: Setting): LivenessStep => {
  const next = { ...agent, asking: undefined };
  if (answer === 'alive') return isPresent(agent.status) ? keep(next) : back(next, answeredCause, why === 'grace');
  if (why === 'unheard') return answer === 'dead' && isPresent(agent.status) ? suspect(next, cause, at) : keep(next);
  if (why === 'lost') return keep(next);
  if (answer === 'unknown' || at.incident) return keep(graceAnew(next, at));
  return change({ ...next, ...calm }, 'lost', `nothing heard for ${at.graceMs / 1000} s, and no answer to a probe`);
};

const notStored = (agent: Liveness, was: AgentStatus, at: Setting): Liveness => {
  if (agent.status === 'suspect' && isPresent(was)) {
    const doubt = { cause: 'gone while the database was away', sinceMs: at.nowMs, dueMs: at.nowMs + againMs };
    return { ...agent, ...calm, status: was, doubt };
  }
  return livenessOf(was, agent.drained, { ...at, graceMs: Math.max(at.graceMs, againMs) });
};
