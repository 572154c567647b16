import type { PrimaryKey } from '@klevr/contracts/presence';
import { invite } from './appointment.js';
import { adoptKey, askRead } from './key-view.js';
import { holderOf, sameConn, type ElectionEvent, type Sign, type Turn, type WriteResult } from './settlement-types.js';

/** How long the write of a ready that was heard may take: where many zones are settled at once, each waits for the disk behind all the others. */
const writtenWithinMs = 1_000;

/**
 * Ready and stamp: one rule for both. The sender is answered `primary` only after the key was written that names it with its epoch;
 * `notPrimary` only when the key is known to have moved on; everything else is `unavailable`, on which a primary goes on.
 */
export const hearSign = (turn: Turn, event: Extract<ElectionEvent, { kind: 'sign' }>): void => {
  const { zone, now } = turn;
  const { agentId, session, epoch, conn, ref } = event;
  const candidate = zone.candidates.get(agentId);
  if (candidate && (candidate.session ?? session) === session) {
    candidate.session = session;
    candidate.conn = conn;
    if (candidate.away && !sameConn(zone.vacancy?.conn, conn)) {
      candidate.away = false;
      invite(turn, false);
    }
  }
  const holder = holderOf(zone);
  if (holder?.agentId === agentId && holder.session === session && holder.epoch === epoch) {
    zone.beatAtMs = now.monotonicMs;
    forgive(turn, event);
    // It lives and is ready; that the replica it asked has not written so yet is no reason to appoint another.
    const heard = ref === undefined && zone.seen?.key?.epoch === null;
    if (heard) turn.actions.push({ kind: 'arm', timer: 'ready', delayMs: writtenWithinMs, jitterMs: writtenWithinMs / 3 });
  }
  if (ref === undefined) return;
  zone.signs.push({ ref, agentId, session, epoch, conn, reads: 0, writeId: undefined, writing: undefined, first: false });
  answerSigns(turn);
};

/** A holder that was thought lost, and speaks over a living connection before anybody took its place, stays. */
const forgive = ({ zone, now, actions }: Turn, { agentId, epoch, conn }: { agentId: string; epoch: number; conn: Sign['conn'] }): void => {
  const { vacancy } = zone;
  if (!vacancy || zone.appointing || sameConn(vacancy.conn, conn)) return;
  if (vacancy.cause !== 'silent' && vacancy.cause !== 'disconnected' && vacancy.cause !== 'notReady') return;
  zone.vacancy = undefined;
  if (vacancy.ended) actions.push({ kind: 'record', record: { kind: 'resumed', epoch, agentId, atMs: now.wallMs } });
  actions.push({ kind: 'arm', timer: 'beat', delayMs: 2_000, jitterMs: 0 });
};

/** Goes on with every sign that waits for nothing. */
export const answerSigns = (turn: Turn): void => {
  for (const sign of [...turn.zone.signs]) if (sign.writeId === undefined) judge(turn, sign);
};

const judge = (turn: Turn, sign: Sign): void => {
  const { zone, actions } = turn;
  const { seen } = zone;
  if (seen === undefined || zone.mustRead) return zone.reading ? undefined : askRead(turn);
  const holder = holderOf(zone);
  if (holder === undefined || sign.epoch > holder.epoch) {
    // Another replica may have appointed it a moment ago.
    if (sign.reads++ === 0) return askRead(turn);
    return answer(turn, sign, 'notPrimary');
  }
  if (sign.epoch < holder.epoch || sign.agentId !== holder.agentId || sign.session !== holder.session || !seen.key) {
    return answer(turn, sign, 'notPrimary');
  }
  const key: PrimaryKey = { ...seen.key, epoch: sign.epoch, stamp: Math.floor(turn.now.wallMs / 1000), conn: sign.conn };
  sign.writeId = zone.nextWriteId++;
  sign.writing = key;
  sign.first = seen.key.epoch === null;
  actions.push({ kind: 'write', writeId: sign.writeId, key, expectedRevision: seen.revision });
};

export const signWritten = (turn: Turn, writeId: number, result: WriteResult): void => {
  const { zone, now, actions } = turn;
  const sign = zone.signs.find((each) => each.writeId === writeId);
  if (!sign?.writing) return;
  const { writing } = sign;
  if (result.outcome === 'written') {
    const { epoch, agentId } = sign;
    const newer = zone.seen === undefined || result.revision > zone.seen.revision;
    const { cause, since } = writing;
    const ready = { kind: 'ready', epoch, agentId, cause, sinceMs: Date.parse(since), atMs: now.wallMs } as const;
    if (sign.first) actions.push({ kind: 'record', record: ready });
    if (newer) adoptKey(turn, { revision: result.revision, key: writing });
    return answer(turn, sign, 'primary');
  }
  if (result.outcome === 'conflict' && sign.reads < 2) {
    sign.reads = 2;
    sign.writeId = undefined;
    return askRead(turn);
  }
  if (result.outcome !== 'conflict') actions.push({ kind: 'checkBucket' });
  zone.mustRead = true;
  answer(turn, sign, 'unavailable');
};

const answer = ({ zone, actions }: Turn, sign: Sign, outcome: 'primary' | 'notPrimary' | 'unavailable'): void => {
  zone.signs = zone.signs.filter((each) => each !== sign);
  actions.push({ kind: 'answer', ref: sign.ref, outcome });
};
