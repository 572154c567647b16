import type { AuditEntry } from './audit-entry.js';

/** An entry with a value in every field. */
export const auditSample = (number: number): AuditEntry => ({
  id: `aud_${String(number).padStart(26, '0')}`,
  at: new Date(Date.UTC(2026, 0, 1) + number * 1_000).toISOString(),
  userId: 'usr_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  username: 'admin',
  callerKind: 'session',
  callerId: 'login_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  address: '192.0.2.1',
  userAgent: 'tester/1',
  action: 'PATCH /api/v1/zones/:zone',
  target: '/api/v1/zones/demo',
  thingKind: 'zone',
  thingId: 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  zoneId: 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  outcome: 'granted',
  status: 200,
  code: null,
  traceId: 'a'.repeat(32),
  change: `{"after":{"10":"ü","9":${number}},"before":{}}`,
});
