import { invite, retryLater, settleVacancy, vacate } from './appointment.js';
import { adoptKey, askRead } from './key-view.js';
import { hearBeat, hearCut, hearDoubt, hearProbe, onBeatTimer } from './detection.js';
import { answerSigns, hearSign, signWritten } from './sign-of-life.js';
import { holderOf, type ElectionAction, type ElectionEvent, type Moment, type Turn, type ZoneElection } from './settlement-types.js';

/**
 * Settles who is the primary of a zone, by compare-and-set on the zone's key. Each scheduler replica runs it by itself; this file and its
 * neighbours are the whole rule, without clock, timers, NATS or database: events go in, actions come out.
 *
 * Safety: an epoch is the revision of the key that first named its holder. Every write expects the revision that was last seen, and the
 * register gives a revision to one write only (a bucket that is made again begins above the lost one, see epoch-floor.ts), so an epoch has one
 * holder for ever, however many replicas settle at once and whatever they missed. A ready or stamp is written only onto a key that names its
 * sender's session, with its epoch unchanged. What a replica believes wrongly costs a conflict or a needless new epoch, never a second holder.
 * Not promised: that a deposed primary knows it at once. It may believe in itself until it hears of the key, is answered a stamp, or 15 s have
 * passed; agents that heard of the later epoch refuse what it passes on.
 *
 * Liveness: while a zone has to be settled and a candidate stands, each replica has a write, read or look-up under way or a timer armed. One
 * write lands per vacancy (others conflict, read, and find it settled); an appointee that does not say ready in 300 ms is followed by the
 * next one, those that failed lately last, and when nobody takes it up the pauses double to 10 s. It needs one living replica, a bucket that can
 * be written, and MariaDB where the bucket is gone or a candidate's session is not known here.
 *
 * The window without a primary: from the loss of the holder to the ready of the next one. A goodbye or hand-over: none, the next is ready before.
 * A cut connection is told by the NATS server in milliseconds; one that stays open and silent is found after 2 s without a beat and 1 s without an
 * answer. While the bucket has no leader (4 to 9 s after that server's death), or no scheduler lives, nobody is deposed and nobody is appointed:
 * the present primary goes on, and a zone that loses it meanwhile waits. In a zone where nobody stands the window is open until somebody does.
 */
export const settle = (zone: ZoneElection, event: ElectionEvent, now: Moment): ElectionAction[] => {
  const turn: Turn = { zone, now, actions: [] };
  hear(turn, event);
  settleVacancy(turn);
  return turn.actions;
};

const hear = (turn: Turn, event: ElectionEvent): void => {
  switch (event.kind) {
    case 'keyHeard':
      if (turn.zone.seen === undefined || event.revision > turn.zone.seen.revision) adoptKey(turn, event);
      return;
    case 'keyRead':
      return hearRead(turn, event);
    case 'readFailed':
      return hearReadFailed(turn);
    case 'wrote':
      return hearWrite(turn, event);
    case 'stands':
      return hearStanding(turn, event);
    case 'candidateLoaded':
      return hearLoaded(turn, event);
    case 'lookedUp':
      return hearLookUp(turn, event);
    case 'sign':
      return hearSign(turn, event);
    case 'beat':
      return hearBeat(turn, event);
    case 'cut':
      return hearCut(turn, event);
    case 'probed':
      return hearProbe(turn, event);
    case 'doubted':
      return hearDoubt(turn, event);
    case 'leaves':
      return hearLeaving(turn, event);
    case 'handOver':
      turn.zone.handOverTo = event.to;
      return vacate(turn, 'handOver', true);
    case 'reconnected':
      turn.zone.quietUntilMs = turn.now.monotonicMs + quietAfterReconnectMs;
      turn.zone.probing = undefined;
      turn.zone.holding = false;
      return askRead(turn);
    case 'timer':
      return hearTimer(turn, event);
  }
};

/** A server that stopped tells nobody who was connected to it: its agents dial again and sign life meanwhile. */
const quietAfterReconnectMs = 5_000;

type EventOf<K extends ElectionEvent['kind']> = Extract<ElectionEvent, { kind: K }>;

const hearRead = (turn: Turn, { revision, key, knownRevision }: EventOf<'keyRead'>): void => {
  const { zone } = turn;
  zone.reading = false;
  zone.mustRead = zone.readAgain;
  zone.readAgain = false;
  // A read may be lower than what was seen before it began (the bucket was made again, or purged), but not than what came meanwhile.
  const known = zone.seen?.revision;
  if (known === undefined || revision > known || (revision !== known && knownRevision === known)) adoptKey(turn, { revision, key });
  if (zone.mustRead) askRead(turn);
  else answerSigns(turn);
};

const hearReadFailed = (turn: Turn): void => {
  const { zone, actions } = turn;
  zone.reading = false;
  zone.readAgain = false;
  zone.mustRead = true;
  zone.setbacks++;
  for (const sign of zone.signs.filter(({ writeId }) => writeId === undefined)) {
    actions.push({ kind: 'answer', ref: sign.ref, outcome: 'unavailable' });
  }
  zone.signs = zone.signs.filter(({ writeId }) => writeId !== undefined);
  actions.push({ kind: 'checkBucket' });
  retryLater(turn);
};

const hearWrite = (turn: Turn, { writeId, result }: EventOf<'wrote'>): void => {
  const { zone, now, actions } = turn;
  const appointment = zone.appointing;
  if (appointment?.writeId !== writeId) return signWritten(turn, writeId, result);
  zone.appointing = undefined;
  if (result.outcome === 'written') {
    zone.setbacks = 0;
    zone.handOverTo = undefined;
    const { cause, holder, sinceWallMs } = appointment.vacancy;
    const previous = holder && cause !== 'firstCandidate' ? { cause, atMs: cause === 'handOver' ? now.wallMs : sinceWallMs } : undefined;
    const { agentId } = appointment.key;
    actions.push({ kind: 'record', record: { kind: 'appointed', epoch: result.revision, agentId, cause, atMs: now.wallMs, previous } });
    if (zone.seen === undefined || result.revision > zone.seen.revision) {
      adoptKey(turn, { revision: result.revision, key: appointment.key });
    }
    return;
  }
  // Another replica was faster, and what it wrote was heard before this answer.
  if (result.outcome === 'conflict' && zone.seen !== undefined && zone.seen.revision > appointment.expectedRevision) return;
  askRead(turn);
  zone.setbacks++;
  if (result.outcome !== 'conflict') actions.push({ kind: 'checkBucket' });
  // The first conflict is ordinary: another replica was faster. The read that follows tells.
  if (result.outcome !== 'conflict' || zone.setbacks > 1) retryLater(turn);
};

const hearStanding = (turn: Turn, event: EventOf<'stands'>): void => {
  const { zone } = turn;
  const { agentId, session, conn, load, preference, answering } = event;
  if (event.standing && preference !== 'never') {
    zone.candidates.set(agentId, { agentId, session, conn, load, preference, away: false, failedAtMs: undefined });
  } else zone.candidates.delete(agentId);
  const holder = holderOf(zone);
  if (holder?.agentId !== agentId) {
    invite(turn, answering);
  } else if (event.standing && preference === 'never') vacate(turn, 'declined', answering);
  else if (session !== holder.session) vacate(turn, 'newSession', answering);
  else {
    resume(turn, conn);
    invite(turn, answering);
  }
};

/** The same life of the holder is back before anybody took its place: it keeps its epoch. */
const resume = ({ zone, now, actions }: Turn, conn: EventOf<'stands'>['conn']): void => {
  const { vacancy } = zone;
  const holder = holderOf(zone);
  if (vacancy?.cause !== 'disconnected' || holder === undefined || zone.appointing) return;
  if (vacancy.conn?.serverId === conn.serverId && vacancy.conn.clientId === conn.clientId) return;
  zone.vacancy = undefined;
  zone.beatAtMs = now.monotonicMs;
  const { agentId, epoch } = holder;
  if (vacancy.ended) actions.push({ kind: 'record', record: { kind: 'resumed', epoch, agentId, atMs: now.wallMs } });
  actions.push({ kind: 'arm', timer: 'beat', delayMs: 2_000, jitterMs: 0 });
};

const hearLoaded = (turn: Turn, { candidate }: EventOf<'candidateLoaded'>): void => {
  const known = turn.zone.candidates.get(candidate.agentId);
  if (known === undefined) {
    turn.zone.candidates.set(candidate.agentId, { ...candidate });
    invite(turn, false);
  } else known.session ??= candidate.session;
};

const hearLookUp = (turn: Turn, { agentId, session }: EventOf<'lookedUp'>): void => {
  const { zone, now } = turn;
  const wanted = zone.lookingUp === agentId;
  if (wanted) zone.lookingUp = undefined;
  const candidate = zone.candidates.get(agentId);
  if (candidate === undefined) return;
  candidate.session ??= session;
  if (!wanted || candidate.session !== undefined) return;
  // Its hello is being answered elsewhere, or the table cannot be read: the others first.
  candidate.failedAtMs = now.monotonicMs;
  zone.setbacks++;
  retryLater(turn);
};

const hearLeaving = (turn: Turn, { agentId, session, answering }: EventOf<'leaves'>): void => {
  const candidate = turn.zone.candidates.get(agentId);
  if (candidate !== undefined && (candidate.session ?? session) === session) turn.zone.candidates.delete(agentId);
  const holder = holderOf(turn.zone);
  if (holder?.agentId === agentId && holder.session === session) vacate(turn, 'left', answering);
};

const hearTimer = (turn: Turn, { timer }: EventOf<'timer'>): void => {
  const { zone, now } = turn;
  if (timer === 'beat') return onBeatTimer(turn);
  if (timer === 'retry') {
    zone.holding = false;
    if (zone.vacancy) zone.vacancy.eager = true;
    return;
  }
  if (zone.seen?.key?.epoch !== null) return;
  if (zone.signs.some(({ first }) => first)) {
    turn.actions.push({ kind: 'arm', timer: 'ready', delayMs: 100, jitterMs: 0 });
    return;
  }
  const candidate = zone.candidates.get(zone.seen.key.agentId);
  if (candidate) candidate.failedAtMs = now.monotonicMs;
  vacate(turn, 'notReady', true);
};
