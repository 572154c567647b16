import { hash } from 'node:crypto';
import type { AuditEntry, ChainedEntry, ChainPlace } from './audit-entry.js';

/**
 * The chain of the audit trail: `hash` of an entry is SHA-256 over three lines, each ended by a line feed: the hash of the entry before, the entry
 * without `hash` and `change` as canonical JSON, its `change` as canonical JSON (or null).
 *
 * Promises: no entry can be changed, removed, put in or moved without the hash of the last one becoming another. Does not promise that somebody who can
 * write to the table does not work out all hashes anew: that is what heads are signed for, and kept elsewhere.
 */
export const beginning: ChainPlace = { seq: 0, hash: '0'.repeat(64) };

export const hashAfter = (previous: ChainPlace, entry: AuditEntry, seq: number): string =>
  hash('sha256', `${previous.hash}\n${canonicalHead(entry, seq)}\n${entry.change ?? 'null'}\n`);

export function chained(previous: ChainPlace, entries: readonly AuditEntry[]): ChainedEntry[] {
  let place = previous;
  return entries.map((entry) => {
    const seq = place.seq + 1;
    const linked = { ...entry, seq, hash: hashAfter(place, entry, seq) };
    place = linked;
    return linked;
  });
}

/** The fields stand in the order of their names, which makes this canonical without sorting. */
const canonicalHead = (entry: AuditEntry, seq: number): string =>
  JSON.stringify({
    action: entry.action,
    address: entry.address,
    at: entry.at,
    callerId: entry.callerId,
    callerKind: entry.callerKind,
    code: entry.code,
    id: entry.id,
    outcome: entry.outcome,
    seq,
    status: entry.status,
    target: entry.target,
    thingId: entry.thingId,
    thingKind: entry.thingKind,
    traceId: entry.traceId,
    userAgent: entry.userAgent,
    userId: entry.userId,
    username: entry.username,
    zoneId: entry.zoneId,
  });
