import type { Agent, AgentCredentials, Enrolled, HostFacts } from '@klevr/contracts/agent';
import type { Event } from '@klevr/contracts/event';
import type { Run, Task } from '@klevr/contracts/task';
import type { CreatedJoinToken, Incident, PrimaryInfo, Term, Zone } from '@klevr/contracts/zone';
import { task as taskExample } from './openapi.engine-examples.js';

/** One valid thing of each kind, as the services would answer it. */
export const ids = {
  zone: 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  agent: 'agt_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  session: 'ses_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  joinToken: 'jt_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  task: 'task_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  run: 'run_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  incident: 'inc_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  schedule: 'sch_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  fire: 'fire_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  webhook: 'wh_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  resource: 'res_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  operation: 'op_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  delivery: 'msg_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
};

const at = '2026-01-01T00:00:00.000Z';

export const primary: PrimaryInfo = { agentId: ids.agent, epoch: 7, since: at, stamp: 1_767_225_600 };

export const zone: Zone = {
  id: ids.zone,
  name: 'demo',
  platform: 'bare-metal',
  environment: 'dev',
  labels: {},
  settings: { heartbeatSeconds: 10, lostAfterSeconds: 60, maxConcurrentRuns: 256, maxConcurrentRunsPerAgent: 64, headlessAlarmSeconds: 10 },
  primary,
  headless: null,
  agents: { pending: 0, online: 1, suspect: 0, lost: 0, suspended: 0, drained: 0, left: 0 },
  revision: 1,
  createdAt: at,
};

export const joinToken: CreatedJoinToken = {
  id: ids.joinToken,
  zoneId: ids.zone,
  expiresAt: at,
  maxUses: 1,
  uses: 0,
  labels: {},
  kind: 'agent',
  approval: false,
  rejoin: false,
  createdAt: at,
  revokedAt: null,
  token: 'klevr_j_abc-DEF_123',
};

export const host: HostFacts = {
  user: 'root',
  type: 'physical',
  hostname: 'h1',
  addresses: ['10.0.0.1'],
  os: 'linux',
  kernel: '6.1',
  architecture: 'x64',
  bootId: 'b1',
  uptimeSeconds: 1,
  cpu: { count: 2, model: 'm' },
  memory: { totalBytes: 1024 },
  disks: [],
  capabilities: {},
};

export const agent: Agent = {
  id: ids.agent,
  zoneId: ids.zone,
  zoneName: 'demo',
  kind: 'agent',
  status: 'online',
  statusCause: 'hello',
  statusSince: at,
  labels: {},
  version: '0.1.0',
  session: ids.session,
  beaconUrl: null,
  facts: host,
  capabilities: {},
  isPrimary: true,
  drained: false,
  revision: 1,
  lastSeenAt: at,
  createdAt: at,
};

export const enrolled: Omit<Enrolled, 'taskKeys'> = {
  agentId: ids.agent,
  zoneId: ids.zone,
  zoneName: 'demo',
  natsUrls: ['nats://127.0.0.1:4222'],
  userJwt: 'eyJ0',
  userJwtExpiresAt: at,
  settings: { heartbeatSeconds: 10 },
};

export const credentials: AgentCredentials = { userJwt: 'eyJ0', userJwtExpiresAt: at, natsUrls: ['nats://127.0.0.1:4222'] };

/** Well-formed; the stand-ins for the scheduler do not verify it. */
export const proof = { atMs: 1_767_225_600_000, signature: 'A'.repeat(86) };

export const incident: Incident = {
  id: ids.incident,
  zoneId: ids.zone,
  cause: 'massLoss',
  detail: '5 of 10 agents are gone',
  gone: 5,
  of: 10,
  openedAt: at,
  closedAt: null,
  closeCause: null,
  closedBy: null,
};

export const event: Event = {
  id: 'msg_1',
  time: at,
  type: 'host.online',
  zoneId: ids.zone,
  subjectId: ids.agent,
  data: { cause: 'hello' },
};

export const term: Term = { agentId: ids.agent, epoch: 7, from: at, readyAt: at, to: null, cause: 'first', endCause: null, gapMs: null };

export const task: Task = {
  ...taskExample,
  id: ids.task,
  name: 'hello',
  zoneId: ids.zone,
  zoneName: 'demo',
  target: { all: '' },
  steps: [{ name: 'greet', use: 'Noop', with: {}, retries: 0 }],
  parameters: {},
  reason: { code: 'NEW', message: 'is new', since: at },
  runs: { total: 1, byStatus: { queued: 1 } },
  createdBy: 'admin',
  createdAt: at,
};

export const run: Run = {
  id: ids.run,
  taskId: ids.task,
  zoneId: ids.zone,
  agentId: ids.agent,
  status: 'queued',
  reason: null,
  attempt: 0,
  epoch: null,
  createdAt: at,
  dispatchedAt: null,
  acceptedAt: null,
  startedAt: null,
  finishedAt: null,
  exitCode: null,
  output: null,
  batch: null,
  logCut: false,
  attempts: [],
  steps: [],
};
