import type { AuditEntry } from './audit-entry.js';
import { changeText } from './change-text.js';
import type { Surplus } from './refusal-flood.js';

/** What the gateway itself has to say: so many were refused besides those that are told. */
export const surplusEntry = ({ refused, sinceMs, untilMs }: Surplus, id: string, at: string): AuditEntry => ({
  id,
  at,
  userId: null,
  username: null,
  callerKind: 'system',
  callerId: null,
  address: '',
  userAgent: null,
  action: 'REFUSED',
  target: '',
  thingKind: null,
  thingId: null,
  zoneId: null,
  outcome: 'refused',
  status: 429,
  code: null,
  traceId: '',
  change: changeText({ after: { refused, since: new Date(sinceMs).toISOString(), until: new Date(untilMs).toISOString() } }),
});
