import type { AuditEntry } from './audit-entry.js';

/** A row of the table that was there before the chain. */
export interface EarlierRow {
  readonly id: string;
  readonly at: Date;
  readonly user_id: string | null;
  readonly username: string | null;
  readonly address: string;
  readonly action: string;
  readonly target: string;
  readonly status: number;
  readonly code: string | null;
  readonly trace_id: string;
}

const refusals = new Set([401, 403, 429]);

/** What was not recorded then stays unknown. */
export const entryOfEarlier = (row: EarlierRow): AuditEntry => ({
  id: row.id,
  at: row.at.toISOString(),
  userId: row.user_id,
  username: row.username,
  callerKind: row.user_id === null ? 'none' : 'session',
  callerId: null,
  address: row.address,
  userAgent: null,
  action: row.action,
  target: row.target,
  thingKind: null,
  thingId: null,
  zoneId: null,
  outcome: row.status < 400 ? 'granted' : refusals.has(row.status) ? 'refused' : 'failed',
  status: row.status,
  code: row.code,
  traceId: row.trace_id,
  change: null,
});
