import { vacate } from './appointment.js';
import { silenceMs } from './key-view.js';
import { holderOf, sameConn, type ElectionEvent, type Turn } from './settlement-types.js';

/**
 * How a lost holder is found out: (a) its very connection was cut, or (b) its beats stop and its epoch's subject does not answer. False alarms
 * cost a new epoch and nothing else.
 */
type EventOf<K extends ElectionEvent['kind']> = Extract<ElectionEvent, { kind: K }>;

export const hearCut = (turn: Turn, { agentId, conn }: EventOf<'cut'>): void => {
  const { zone } = turn;
  const candidate = zone.candidates.get(agentId);
  if (candidate && sameConn(candidate.conn, conn)) candidate.away = true;
  // The connection that it spoke over last counts: the cut of an older one says nothing.
  const holder = holderOf(zone);
  // What is known of the candidate may be of another life than the one that holds: a hello that was answered late.
  const itself = candidate?.conn !== undefined && (candidate.session ?? holder?.session) === holder?.session;
  const current = itself ? candidate.conn : zone.seen?.key?.conn;
  if (holder?.agentId === agentId && sameConn(current, conn)) vacate(turn, 'disconnected', true, conn);
};

export const hearBeat = (turn: Turn, { agentId, session, epoch }: EventOf<'beat'>): void => {
  const { zone, now, actions } = turn;
  const holder = holderOf(zone);
  if (holder?.agentId !== agentId || holder.session !== session || holder.epoch !== epoch) return;
  zone.beatAtMs = now.monotonicMs;
  if (zone.vacancy?.cause !== 'silent' || zone.appointing) return;
  if (zone.vacancy.ended) actions.push({ kind: 'record', record: { kind: 'resumed', epoch, agentId, atMs: now.wallMs } });
  zone.vacancy = undefined;
  armBeat(turn, silenceMs);
};

export const onBeatTimer = (turn: Turn): void => {
  const { zone, now, actions } = turn;
  const key = zone.seen?.key;
  if (!key || key.epoch === null || zone.vacancy || zone.probing !== undefined) return;
  const dueMs = Math.max(zone.beatAtMs + silenceMs, zone.quietUntilMs);
  if (now.monotonicMs < dueMs) return armBeat(turn, dueMs - now.monotonicMs);
  zone.probing = key.epoch;
  actions.push({ kind: 'probe', epoch: key.epoch, agentId: key.agentId });
};

/** A second opinion is no verdict: it only makes the holder be asked at once. While it beats, or we may be the ones that were away, nothing follows. */
export const hearDoubt = ({ zone, now, actions }: Turn, { epoch }: EventOf<'doubted'>): void => {
  const key = zone.seen?.key;
  if (!key || key.epoch !== epoch || zone.vacancy || zone.probing !== undefined || now.monotonicMs < zone.quietUntilMs) return;
  zone.probing = epoch;
  actions.push({ kind: 'probe', epoch, agentId: key.agentId });
};

export const hearProbe = (turn: Turn, { epoch, answer }: EventOf<'probed'>): void => {
  const { zone, now, actions } = turn;
  if (zone.probing !== epoch) return;
  zone.probing = undefined;
  const key = zone.seen?.key;
  if (key?.epoch !== epoch) return;
  const beaten = now.monotonicMs - zone.beatAtMs < silenceMs;
  if (answer === 'alive') zone.beatAtMs = now.monotonicMs;
  if (beaten) return armBeat(turn, zone.beatAtMs + silenceMs - now.monotonicMs);
  if (answer !== 'dead') return armBeat(turn, silenceMs);
  const candidate = zone.candidates.get(key.agentId);
  if (candidate) candidate.failedAtMs = now.monotonicMs;
  actions.push({ kind: 'suspect', agentId: key.agentId, cause: 'as primary it stopped beating and did not answer' });
  vacate(turn, 'silent', true);
};

const armBeat = ({ actions }: Turn, delayMs: number): void => {
  actions.push({ kind: 'arm', timer: 'beat', delayMs, jitterMs: 0 });
};
