import type { ApiToken, CreatedApiToken } from './auth/api-token-schemas.js';
import type { AuditRecord } from './audit/audit-schemas.js';
import type { FinishOidc, Identity, OidcOffer, StartedOidc } from './oidc/oidc-schemas.js';

const zoneId = 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const userId = 'usr_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const at = '2026-12-01T00:00:00.000Z';

const apiToken: ApiToken = {
  id: 'tok_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  name: 'nightly backup',
  prefix: 'klevr_t_EXAM',
  userId,
  username: 'kim',
  role: 'operator',
  zones: [zoneId],
  createdAt: at,
  expiresAt: '2026-12-31T00:00:00.000Z',
  lastUsedAt: null,
  revision: 1,
};
const createdApiToken: CreatedApiToken = { ...apiToken, token: 'klevr_t_EXAMPLE' };

const issuer = 'https://id.example';
const identity: Identity = { issuer, subject: '248289761001', createdAt: at, lastUsedAt: at };
const offer: OidcOffer = { enabled: true, name: 'Example', issuer, callback: 'https://klevr.example/sign-in' };
const started: StartedOidc = {
  authorizationUrl: `${issuer}/authorize?client_id=klevr&response_type=code&code_challenge_method=S256`,
  flow: `klevr_f_${'A'.repeat(43)}`,
  expiresAt: at,
};
const finish: FinishOidc = { flow: started.flow, code: 'SplxlOBeZQQYbYS6WxSbIA', state: 'af0ifjsldkj', iss: issuer };

const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const auditRecord: AuditRecord = {
  seq: 42,
  hash,
  id: 'aud_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  at,
  userId,
  username: 'kim',
  callerKind: 'session',
  callerId: 'login_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  address: '203.0.113.7',
  userAgent: 'Mozilla/5.0',
  action: 'PATCH /api/v1/zones/:zone',
  target: '/api/v1/zones/seoul-dc1',
  thingKind: 'zone',
  thingId: zoneId,
  zoneId,
  outcome: 'granted',
  status: 200,
  code: null,
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  change: { before: { labels: {} }, after: { labels: { site: 'seoul' } } },
};

/** Examples of API tokens, of signing in elsewhere, and of the audit trail, by the name of their component. */
export const trustExamples: Readonly<Record<string, unknown>> = {
  ApiToken: apiToken,
  CreatedApiToken: createdApiToken,
  Identity: identity,
  OidcOffer: offer,
  StartedOidc: started,
  FinishOidc: finish,
  AuditRecord: auditRecord,
  SignedPlace: { seq: 42, hash, at, keyId: 'k1', signature: 'EXAMPLE' },
};

/** What is answered as one record a line. */
export const auditLine = `${JSON.stringify(auditRecord)}\n`;
