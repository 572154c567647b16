import { readyPatienceMs } from './ranking.js';
import { holderOf, sameHolder, type KeySeen, type Turn } from './settlement-types.js';

/** How long a holder may be silent before it is asked. */
export const silenceMs = 2_000;

/** What was seen may be out of date. A read that is under way may have been served already, so it does not count. */
export const askRead = ({ zone, actions }: Turn): void => {
  zone.mustRead = true;
  if (zone.reading) {
    zone.readAgain = true;
    return;
  }
  zone.reading = true;
  actions.push({ kind: 'read', knownRevision: zone.seen?.revision });
};

/** Takes over what the key says now, however it was learnt, and what follows from it for timers, records and the vacancy. */
export const adoptKey = (turn: Turn, next: KeySeen): void => {
  const { zone, now } = turn;
  const before = holderOf(zone);
  const unreadyBefore = zone.seen?.key?.epoch === null;
  if (next.revision !== zone.seen?.revision) zone.setbacks = 0;
  zone.seen = next;
  const holder = holderOf(zone);
  if (next.key === null || holder === undefined) return keyGone(turn, before);
  zone.lastHolderId = holder.agentId;
  if (zone.vacancy && !sameHolder(zone.vacancy.holder, holder)) zone.vacancy = undefined;
  const ready = next.key.epoch !== null;
  const another = !sameHolder(before, holder);
  if (another || (ready && unreadyBefore)) {
    const { epoch, agentId } = holder;
    turn.actions.push({
      kind: 'record',
      record: { kind: 'seen', epoch, agentId, cause: next.key.cause, ready, sinceMs: Date.parse(next.key.since), atMs: now.wallMs },
    });
    if (ready) becameReady(turn);
    else becameUnready(turn, unreadyBefore ? before?.agentId : undefined, now.monotonicMs);
  }
};

const keyGone = ({ zone, now, actions }: Turn, before: ReturnType<typeof holderOf>): void => {
  zone.misses = 0;
  if (zone.vacancy && zone.vacancy.holder === undefined) return;
  if (before) {
    const { epoch, agentId } = before;
    actions.push({ kind: 'record', record: { kind: 'ended', epoch, agentId, cause: 'keyLost', atMs: now.wallMs } });
  }
  const cause = before ? 'keyLost' : 'firstCandidate';
  zone.vacancy = { holder: undefined, cause, sinceWallMs: now.wallMs, conn: undefined, eager: true, ended: true };
};

const becameReady = ({ zone, now, actions }: Turn): void => {
  zone.misses = 0;
  const candidate = zone.candidates.get(zone.seen?.key?.agentId ?? '');
  if (candidate) candidate.failedAtMs = undefined;
  zone.beatAtMs = now.monotonicMs;
  zone.probing = undefined;
  actions.push({ kind: 'arm', timer: 'beat', delayMs: silenceMs, jitterMs: 0 });
};

/** `failedId`: the appointee before, who did not take it up. */
const becameUnready = ({ zone, actions }: Turn, failedId: string | undefined, nowMs: number): void => {
  if (failedId === undefined) zone.misses = 0;
  else {
    zone.misses++;
    const failed = zone.candidates.get(failedId);
    if (failed) failed.failedAtMs = nowMs;
  }
  const standing = [...zone.candidates.values()].filter(({ away }) => !away).length;
  const delayMs = readyPatienceMs(zone.misses, standing);
  // Every replica waits for the ready, so that the death of the one that appointed does not matter.
  actions.push({ kind: 'arm', timer: 'ready', delayMs, jitterMs: delayMs / 3 });
};
