import type { AuditEntry, CallerKind, ChainedEntry, Outcome } from './audit-entry.js';

/** A row of `audit_entries`: a column for every field, so that it can be searched; what is hashed is worked out from all of them. */
export interface AuditRow {
  readonly seq: number;
  readonly id: string;
  readonly at: Date;
  readonly user_id: string | null;
  readonly username: string | null;
  readonly caller_kind: string;
  readonly caller_id: string | null;
  readonly address: string;
  readonly user_agent: string | null;
  readonly action: string;
  readonly target: string;
  readonly thing_kind: string | null;
  readonly thing_id: string | null;
  readonly zone_id: string | null;
  readonly outcome: string;
  readonly status: number;
  readonly code: string | null;
  readonly trace_id: string;
  readonly details: string | null;
  readonly hash: string;
}

export const auditColumns =
  'seq, id, at, user_id, username, caller_kind, caller_id, address, user_agent, action, target, thing_kind, thing_id, zone_id, outcome, status, code, ' +
  'trace_id, details, hash';

const valuesOf = (entry: ChainedEntry): unknown[] => [
  entry.seq,
  entry.id,
  new Date(entry.at),
  entry.userId,
  entry.username,
  entry.callerKind,
  entry.callerId,
  entry.address,
  entry.userAgent,
  entry.action,
  entry.target,
  entry.thingKind,
  entry.thingId,
  entry.zoneId,
  entry.outcome,
  entry.status,
  entry.code,
  entry.traceId,
  entry.change,
  entry.hash,
];

export const insertRows = (entries: readonly ChainedEntry[]): { sql: string; values: unknown[] } => ({
  sql: `INSERT INTO audit_entries (${auditColumns}) VALUES ${entries.map(() => '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
  values: entries.flatMap(valuesOf),
});

/** Whatever stands in the row: where somebody has changed it, the hash will say so. */
export const entryOfRow = (row: AuditRow): ChainedEntry => ({
  seq: Number(row.seq),
  hash: row.hash,
  id: row.id,
  at: row.at.toISOString(),
  userId: row.user_id,
  username: row.username,
  callerKind: row.caller_kind as CallerKind,
  callerId: row.caller_id,
  address: row.address,
  userAgent: row.user_agent,
  action: row.action,
  target: row.target,
  thingKind: row.thing_kind,
  thingId: row.thing_id,
  zoneId: row.zone_id,
  outcome: row.outcome as Outcome,
  status: row.status,
  code: row.code,
  traceId: row.trace_id,
  change: row.details,
});

/** An entry whose texts fit their columns, and are well-formed Unicode. */
export const fitted = (entry: AuditEntry): AuditEntry => ({
  ...entry,
  userId: orNull(entry.userId, 36),
  username: orNull(entry.username, 64),
  callerId: orNull(entry.callerId, 64),
  address: clipped(entry.address, 64),
  userAgent: orNull(entry.userAgent, 255),
  action: clipped(entry.action, 128),
  target: clipped(entry.target, 255),
  thingKind: orNull(entry.thingKind, 32),
  thingId: orNull(entry.thingId, 128),
  traceId: clipped(entry.traceId, 64),
});

/** Cuts may halve a pair of surrogates, so they come before. */
const clipped = (text: string, length: number): string => text.slice(0, length).toWellFormed();
const orNull = (text: string | null, length: number): string | null => (text === null ? null : clipped(text, length));
