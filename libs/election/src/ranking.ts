import type { Candidate, Vacancy, ZoneElection } from './settlement-types.js';

/** A candidate that failed within this time is tried after all others. */
export const failureMemoryMs = 30_000;

/** For these the holder's session is not appointed again: it is gone, or asked to be relieved. A new session of the agent may be. */
const neverAgain = new Set<Vacancy['cause']>(['disconnected', 'left', 'handOver']);

/**
 * Who is to be appointed now: the named one of a hand-over, else by failures, label, load and id. The holder that is to be replaced comes last,
 * if it may be appointed at all. Undefined: nobody stands.
 */
export const chooseNext = (zone: ZoneElection, vacancy: Vacancy, nowMs: number): Candidate | undefined => {
  const pool = [...zone.candidates.values()].filter((candidate) => !candidate.away && candidate.preference !== 'never');
  const replaced = vacancy.holder?.agentId;
  const others = pool.filter((candidate) => candidate.agentId !== replaced);
  const named = others.find((candidate) => candidate.agentId === zone.handOverTo);
  if (named !== undefined) return named;
  const itself = pool[0];
  if (others.length === 0) return neverAgain.has(vacancy.cause) && itself?.session === vacancy.holder?.session ? undefined : itself;
  // After the loss of a key its last holder goes on, so that fewer things move.
  const order = compare(vacancy.cause === 'keyLost' ? zone.lastHolderId : undefined, nowMs);
  return others.reduce((best, candidate) => (order(candidate, best) < 0 ? candidate : best));
};

const compare =
  (favoured: string | undefined, nowMs: number) =>
  (a: Candidate, b: Candidate): number =>
    lateness(a, nowMs) - lateness(b, nowMs) ||
    Number(b.preference === 'first') - Number(a.preference === 'first') ||
    Number(b.agentId === favoured) - Number(a.agentId === favoured) ||
    a.load - b.load ||
    (a.agentId < b.agentId ? -1 : 1);

/** 0 for one that did not fail lately; among those that did, the one whose failure is longest ago is first. */
const lateness = ({ failedAtMs }: Candidate, nowMs: number): number =>
  failedAtMs === undefined || nowMs - failedAtMs > failureMemoryMs ? 0 : failureMemoryMs - (nowMs - failedAtMs) + 1;

/** How long an appointee may take, growing with each round in which nobody of `standing` candidates took it up. */
export const readyPatienceMs = (misses: number, standing: number): number =>
  Math.min(300 * 2 ** Math.floor(misses / Math.max(1, standing)), 10_000);
