import type { Agent, AgentCredentials, Enroll, Enrolled, HostFacts } from '@klevr/contracts/agent';
import type { Event } from '@klevr/contracts/event';
import type { Incident, JoinToken, PrimaryInfo, Term, Zone } from '@klevr/contracts/zone';
import type { JoinTokenWithCommand } from './zones/join-tokens.service.js';

const zoneId = 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const agentId = 'agt_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const at = '2026-12-01T00:00:00.000Z';

const primary: PrimaryInfo = { agentId, epoch: 1_780_272_000_000_017, since: at, stamp: 1_796_083_200 };

const zone: Zone = {
  id: zoneId,
  name: 'seoul-dc1',
  platform: 'bare-metal',
  environment: 'prod',
  labels: { site: 'seoul' },
  settings: { heartbeatSeconds: 10, lostAfterSeconds: 60, maxConcurrentRuns: 256, maxConcurrentRunsPerAgent: 64, headlessAlarmSeconds: 10 },
  primary,
  headless: null,
  agents: { pending: 0, online: 42, suspect: 0, lost: 1, suspended: 0, drained: 0, left: 0 },
  revision: 3,
  createdAt: at,
};

const host: HostFacts = {
  user: 'root',
  type: 'physical',
  hostname: 'web-01',
  addresses: ['10.20.0.11'],
  os: 'linux',
  distribution: 'debian 12',
  kernel: '6.1.0-18-amd64',
  architecture: 'x64',
  machineId: '3c5e1b0f9d3a4d1c8a8e6f0f4d1e2a90',
  bootId: '0b6f0ed8-4e02-4b27-95e8-7cb7b0c0f6a1',
  uptimeSeconds: 86_400,
  cpu: { count: 16, model: 'AMD EPYC 7302P' },
  memory: { totalBytes: 68_719_476_736 },
  disks: [{ mount: '/', totalBytes: 480_000_000_000, freeBytes: 300_000_000_000 }],
  capabilities: { docker: '20.10.24' },
  virtualization: 'none',
};

const agent: Agent = {
  id: agentId,
  zoneId,
  zoneName: 'seoul-dc1',
  kind: 'agent',
  status: 'online',
  statusCause: 'hello',
  statusSince: at,
  labels: { role: 'web' },
  version: '0.1.0',
  session: 'ses_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  beaconUrl: 'http://10.20.0.11:18800',
  facts: host,
  capabilities: { docker: '20.10.24' },
  isPrimary: true,
  drained: false,
  revision: 2,
  lastSeenAt: at,
  createdAt: at,
};

const joinToken: JoinToken = {
  id: 'jt_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  zoneId,
  expiresAt: at,
  maxUses: 10,
  uses: 2,
  labels: { role: 'web' },
  kind: 'agent',
  approval: false,
  rejoin: false,
  createdAt: at,
  revokedAt: null,
};

const createdJoinToken: JoinTokenWithCommand = {
  ...joinToken,
  uses: 0,
  token: 'klevr_j_EXAMPLE',
  command: 'curl -fsSL https://klevr.example/install.sh | sudo sh -s -- --server https://klevr.example --token klevr_j_EXAMPLE',
};

const term: Term = { agentId, epoch: primary.epoch, from: at, readyAt: at, to: null, cause: 'disconnect', endCause: null, gapMs: 12 };

const incident: Incident = {
  id: 'inc_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  zoneId,
  cause: 'massLoss',
  detail: '14 of 42 agents are gone',
  gone: 14,
  of: 42,
  openedAt: at,
  closedAt: null,
  closeCause: null,
  closedBy: null,
};

const publicKey = `U${'A'.repeat(55)}`;
const enroll: Enroll = { joinToken: 'klevr_j_EXAMPLE', publicKey, host, version: '0.1.0' };
const credentials: AgentCredentials = {
  userJwt: 'eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.e30.EXAMPLE',
  userJwtExpiresAt: at,
  natsUrls: ['tls://nats.klevr.example:4222'],
};
const enrolled: Enrolled = {
  agentId,
  zoneId,
  zoneName: 'seoul-dc1',
  ...credentials,
  taskKeys: { keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'k1', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }] },
  settings: { heartbeatSeconds: 10 },
};

const event: Event = {
  id: 'msg_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  time: at,
  type: 'host.lost',
  zoneId,
  subjectId: agentId,
  data: { cause: 'silent' },
};

/** Examples of hosts, zones and people, by the name of their component. */
export const fleetExamples: Readonly<Record<string, unknown>> = {
  Zone: zone,
  CreateZone: { name: 'seoul-dc1', platform: 'bare-metal', environment: 'prod', labels: { site: 'seoul' } },
  UpdateZone: { labels: { site: 'seoul', row: '4' }, settings: { lostAfterSeconds: 120 } },
  Primary: primary,
  Term: term,
  HandOver: { agentId },
  Incident: incident,
  CreateJoinToken: { ttlSeconds: 3600, maxUses: 10, labels: { role: 'web' } },
  JoinToken: joinToken,
  CreatedJoinToken: createdJoinToken,
  Agent: agent,
  UpdateAgent: { labels: { role: 'web', rack: 'b4' } },
  HostFacts: host,
  Enroll: enroll,
  Enrolled: enrolled,
  AskCredentials: { atMs: 1_796_083_200_000, signature: 'A'.repeat(86), waitSeconds: 30 },
  AgentCredentials: credentials,
  Event: event,
  ScrapeTarget: { targets: ['10.20.0.11:18800'], labels: { __meta_klevr_zone: 'seoul-dc1', __meta_klevr_agent: agentId } },
};
