import type { StandingReply } from '@klevr/contracts/presence';

/**
 * What this agent is in its zone: nobody, about to be primary, or primary. A pure state machine: events in, new state and effects out.
 * Promises: it acts only while the zone's key names it with its present session and its last sign of life was answered less than 15 s ago; the time of
 * a sign of life is that of its sending, so a late answer never lengthens a term. An answer that a fault explains (the centre cannot reach its store, or
 * nobody of it lives) keeps the term, since then nobody can have appointed another.
 * Does not: keep a second primary from believing in itself; epochs do that.
 */
export interface NamedKey {
  readonly agentId: string;
  readonly session: string;
  /** The key's own epoch, or the revision where the appointee has not said `ready`. */
  readonly epoch: number;
}

export type RoleState =
  /**
   * `refusedEpoch`: the centre has said that this term, and any before it, is not ours. `doubtedEpoch`: the last term that was given to this agent in
   * another session, about which it has asked.
   */
  | { readonly role: 'secondary'; readonly refusedEpoch: number; readonly doubtedEpoch?: number }
  /** Subscribed; `ready` has not been answered. */
  | { readonly role: 'preparing'; readonly epoch: number; readonly since: number }
  | { readonly role: 'primary'; readonly epoch: number; readonly answeredAt: number; readonly stampedAt: number };

/** `sentAt` and `now` are seconds of the clock that counts sleep. */
export type RoleEvent =
  | { readonly kind: 'key'; readonly key: NamedKey | null; readonly me: Me; readonly now: number }
  | { readonly kind: 'answered'; readonly epoch: number; readonly outcome: StampOutcome; readonly sentAt: number }
  | { readonly kind: 'tick'; readonly now: number }
  | { readonly kind: 'reconnected'; readonly now: number }
  | { readonly kind: 'stopped' };

/** `nobody`: NATS itself said that no scheduler listens. `silence`: no answer, fate unknown. `wrongSession`: the centre knows another session. */
export type StampOutcome = StandingReply['outcome'] | 'nobody' | 'silence' | 'wrongSession';

export interface Me {
  readonly agentId: string;
  readonly session: string | null;
}

export type RoleEffect =
  | { readonly kind: 'subscribe'; readonly epoch: number }
  | { readonly kind: 'unsubscribe' }
  | { readonly kind: 'ready'; readonly epoch: number; readonly delayMs: number }
  | { readonly kind: 'stamp'; readonly epoch: number }
  | { readonly kind: 'beat'; readonly epoch: number }
  /** Say hello, which is also how an agent stands again. */
  | { readonly kind: 'stand'; readonly newSession: boolean };

export interface Transition {
  readonly state: RoleState;
  readonly effects: readonly RoleEffect[];
}

export const termSeconds = 15;
const stampEverySeconds = 5;
const readyAgainMs = 100;

export const secondary: RoleState = { role: 'secondary', refusedEpoch: -1 };
const stay = (state: RoleState, ...effects: RoleEffect[]): Transition => ({ state, effects });
const drop = ({ refusedEpoch = -1, doubtedEpoch = -1, newSession = false } = {}): Transition => ({
  state: { role: 'secondary', refusedEpoch, doubtedEpoch },
  effects: [{ kind: 'unsubscribe' }, { kind: 'stand', newSession }],
});

/** Whether a delivery that arrives now may be passed on. */
export const mayAct = (state: RoleState, now: number): boolean =>
  state.role === 'primary' ? now - state.answeredAt < termSeconds : state.role === 'preparing' && now - state.since < termSeconds;

export const step = (state: RoleState, event: RoleEvent): Transition => {
  switch (event.kind) {
    case 'key':
      return onKey(state, event);
    case 'answered':
      return onAnswer(state, event);
    case 'tick':
      return onTick(state, event.now);
    case 'reconnected':
      return onReconnect(state, event.now);
    case 'stopped':
      return { state: secondary, effects: state.role === 'secondary' ? [] : [{ kind: 'unsubscribe' }] };
  }
};

const onKey = (state: RoleState, { key, me, now }: Extract<RoleEvent, { kind: 'key' }>): Transition => {
  const namesMe = key !== null && me.session !== null && key.agentId === me.agentId && key.session === me.session;
  if (!namesMe) return onOther(state, key, me);
  if ((state.role === 'secondary' ? state.refusedEpoch : state.epoch) >= key.epoch) return stay(state);
  const effects: RoleEffect[] = state.role === 'secondary' ? [] : [{ kind: 'unsubscribe' }];
  effects.push({ kind: 'subscribe', epoch: key.epoch }, { kind: 'ready', epoch: key.epoch, delayMs: 0 });
  return { state: { role: 'preparing', epoch: key.epoch, since: now }, effects };
};

/**
 * The key names somebody else. Where that is this agent in another session, the centre granted one that never arrived here (a hello that was answered
 * late, after its repetition): nothing of ours is accepted until they agree again, and only a hello brings that about. One for each such term.
 */
const onOther = (state: RoleState, key: NamedKey | null, me: Me): Transition => {
  const doubtedEpoch = key !== null && me.session !== null && key.agentId === me.agentId ? key.epoch : -1;
  if (state.role !== 'secondary') return drop({ doubtedEpoch });
  if (doubtedEpoch <= (state.doubtedEpoch ?? -1)) return stay(state);
  return stay({ ...state, doubtedEpoch }, { kind: 'stand', newSession: false });
};

const onAnswer = (state: RoleState, { epoch, outcome, sentAt }: Extract<RoleEvent, { kind: 'answered' }>): Transition => {
  if (state.role === 'secondary' || state.epoch !== epoch) return stay(state);
  if (outcome === 'notPrimary' || outcome === 'wrongSession') return drop({ refusedEpoch: epoch, newSession: outcome === 'wrongSession' });
  if (state.role === 'primary') {
    return stay(outcome === 'silence' ? state : { ...state, answeredAt: Math.max(state.answeredAt, sentAt) });
  }
  if (outcome !== 'primary') return stay(state, { kind: 'ready', epoch, delayMs: readyAgainMs });
  return stay({ role: 'primary', epoch, answeredAt: sentAt, stampedAt: sentAt }, { kind: 'beat', epoch });
};

const onTick = (state: RoleState, now: number): Transition => {
  if (state.role === 'secondary') return stay(state);
  if (!mayAct(state, now)) return drop();
  if (state.role === 'preparing') return stay(state);
  const beat: RoleEffect = { kind: 'beat', epoch: state.epoch };
  if (now - state.stampedAt < stampEverySeconds) return stay(state, beat);
  return stay({ ...state, stampedAt: now }, beat, { kind: 'stamp', epoch: state.epoch });
};

/** The same session keeps its epoch, and says so at once: the centre may have seen the old connection end. */
const onReconnect = (state: RoleState, now: number): Transition => {
  if (state.role === 'secondary') return stay(state);
  if (state.role === 'preparing') return stay(state, { kind: 'ready', epoch: state.epoch, delayMs: 0 });
  return stay({ ...state, stampedAt: now }, { kind: 'stamp', epoch: state.epoch });
};
