import type { ConnectionId, PrimaryKey } from '@klevr/contracts/presence';
import { askRead } from './key-view.js';
import { chooseNext } from './ranking.js';
import { holderOf, sameHolder, type EndCause, type Turn, type Vacancy } from './settlement-types.js';

/** How long a replica leaves a vacancy to the one that answers the hello or goodbye behind it. */
const courtesyMs = 300;

/** The holder is to be replaced. A vacancy that is known already keeps its cause, and may become urgent. */
export const vacate = (turn: Turn, cause: EndCause, eager: boolean, conn?: ConnectionId): void => {
  const { zone, now, actions } = turn;
  const holder = holderOf(zone);
  if (holder === undefined) {
    if (zone.vacancy && eager) zone.vacancy.eager = true;
    return;
  }
  if (zone.vacancy && sameHolder(zone.vacancy.holder, holder)) {
    zone.vacancy.eager ||= eager;
    return;
  }
  const silentMs = cause === 'silent' ? now.monotonicMs - zone.beatAtMs : 0;
  zone.vacancy = { holder, cause, sinceWallMs: now.wallMs - silentMs, conn, eager, ended: false };
  if (!eager) actions.push({ kind: 'arm', timer: 'retry', delayMs: courtesyMs, jitterMs: courtesyMs });
};

/** Somebody came who might be appointed: at once by the replica that answers it, after a moment by the others. */
export const invite = ({ zone, actions }: Turn, eager: boolean): void => {
  if (!zone.vacancy || zone.vacancy.eager) return;
  if (eager) zone.vacancy.eager = true;
  else actions.push({ kind: 'arm', timer: 'retry', delayMs: courtesyMs, jitterMs: courtesyMs });
};

/** Something failed that may work later; the pause grows, so that a broken bucket is not hammered. */
export const retryLater = ({ zone, actions }: Turn): void => {
  const delayMs = Math.min(50 * 2 ** Math.min(zone.setbacks, 6), 2_000);
  zone.holding = true;
  actions.push({ kind: 'arm', timer: 'retry', delayMs, jitterMs: delayMs / 2 });
};

/** What brings a zone nearer to being settled: a read, a look-up or the write. Does nothing where one of them is under way. */
export const settleVacancy = (turn: Turn): void => {
  const { zone, now, actions } = turn;
  if (zone.appointing || zone.lookingUp !== undefined || zone.holding) return;
  const { vacancy, seen } = zone;
  if (seen === undefined || zone.mustRead) {
    if (!zone.reading) askRead(turn);
    return;
  }
  if (!vacancy?.eager) return;
  const next = chooseNext(zone, vacancy, now.monotonicMs);
  if (next === undefined) return nobodyStands(turn, vacancy);
  if (next.session === undefined) {
    zone.lookingUp = next.agentId;
    actions.push({ kind: 'lookUp', agentId: next.agentId });
    return;
  }
  const key: PrimaryKey = {
    agentId: next.agentId,
    session: next.session,
    epoch: null,
    stamp: Math.floor(now.wallMs / 1000),
    since: new Date(now.wallMs).toISOString(),
    conn: null,
    cause: vacancy.cause,
  };
  const writeId = zone.nextWriteId++;
  zone.appointing = { writeId, expectedRevision: seen.revision, key, vacancy };
  actions.push({ kind: 'write', writeId, key, expectedRevision: seen.revision });
};

/** The key stays as it is: its epoch is what commands to agents carry until somebody stands. */
const nobodyStands = ({ zone, actions }: Turn, vacancy: Vacancy): void => {
  zone.handOverTo = undefined;
  vacancy.eager = false;
  if (vacancy.cause === 'handOver') zone.vacancy = undefined;
  if (vacancy.ended || vacancy.holder === undefined || vacancy.cause === 'firstCandidate' || vacancy.cause === 'handOver') return;
  vacancy.ended = true;
  const { epoch, agentId } = vacancy.holder;
  actions.push({ kind: 'record', record: { kind: 'ended', epoch, agentId, cause: vacancy.cause, atMs: vacancy.sinceWallMs } });
};
