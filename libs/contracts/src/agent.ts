import { z } from 'zod';
import { AgentId, SessionId, Timestamp, ZoneId } from './ids.js';
import { Labels } from './labels.js';

export const agentStatuses = ['pending', 'online', 'suspect', 'lost', 'suspended', 'drained', 'left'] as const;
export const AgentStatus = z.enum(agentStatuses);
export type AgentStatus = z.infer<typeof AgentStatus>;

/** A worker carries out operations on resources: it gets no other tasks and never leads. */
export const AgentKind = z.enum(['agent', 'worker']).meta({ id: 'AgentKind' });
export type AgentKind = z.infer<typeof AgentKind>;

/** What the cloud's own metadata service or the machine's firmware says. */
export const CloudFacts = z.object({
  provider: z.enum(['aws', 'gcp', 'azure', 'openstack', 'digitalocean', 'hetzner', 'other']),
  region: z.string().optional(),
  zone: z.string().optional(),
  instanceId: z.string().optional(),
  instanceType: z.string().optional(),
});
export type CloudFacts = z.infer<typeof CloudFacts>;

/** What an agent tells about its host. Unknown parts are left out, never guessed. */
export const HostFacts = z
  .object({
    user: z.string(),
    type: z.string().describe('container, vm or physical, as far as it can be told'),
    hostname: z.string(),
    addresses: z.array(z.string()),
    os: z.string().describe('linux, darwin, …'),
    distribution: z.string().optional(),
    kernel: z.string(),
    architecture: z.string(),
    machineId: z.string().optional(),
    bootId: z.string(),
    uptimeSeconds: z.number(),
    cpu: z.object({ count: z.number().int(), model: z.string() }),
    memory: z.object({ totalBytes: z.number().int() }),
    disks: z.array(z.object({ mount: z.string(), totalBytes: z.number(), freeBytes: z.number() })),
    capabilities: z.record(z.string(), z.string()).describe('tool name → version'),
    virtualization: z.string().optional().describe('kvm, vmware, docker, …; none on bare metal'),
    cloud: CloudFacts.optional(),
  })
  .meta({ id: 'HostFacts' });
export type HostFacts = z.infer<typeof HostFacts>;

export const Agent = z
  .object({
    id: AgentId,
    zoneId: ZoneId,
    zoneName: z.string(),
    kind: AgentKind,
    status: AgentStatus,
    statusCause: z.string(),
    statusSince: Timestamp,
    labels: z.record(z.string(), z.string()),
    version: z.string(),
    session: SessionId.nullable(),
    beaconUrl: z.string().nullable(),
    facts: HostFacts,
    capabilities: z.record(z.string(), z.string()),
    isPrimary: z.boolean(),
    drained: z.boolean().describe('gets no new work; stays so through restarts, until undrained'),
    revision: z.number().int().describe('grows with every change by an operator; what If-Match compares'),
    lastSeenAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Agent' });
export type Agent = z.infer<typeof Agent>;

/** `PATCH /agents/{id}`: what is not given stays. */
export const UpdateAgent = z
  .strictObject({ labels: Labels.optional() })
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'UpdateAgent', minProperties: 1 });
export type UpdateAgent = z.infer<typeof UpdateAgent>;

/** `POST /enroll`. The agent made its key pair itself; only the public half leaves the host. */
export const Enroll = z
  .strictObject({
    joinToken: z.string().min(1).max(256),
    publicKey: z.string().regex(/^U[A-Z2-7]{55}$/, 'must be a public NATS user key (U…)'),
    host: HostFacts,
    version: z.string().max(64),
  })
  .meta({ id: 'Enroll' });
export type Enroll = z.infer<typeof Enroll>;

export const TaskKeySet = z
  .object({
    keys: z.array(z.record(z.string(), z.unknown())),
    generation: z.number().int().optional().describe('a higher one takes the place of a lower one'),
  })
  .describe('JSON Web Key Set of the keys that sign tasks');
export type TaskKeySet = z.infer<typeof TaskKeySet>;

export const Enrolled = z
  .object({
    agentId: AgentId,
    zoneId: ZoneId,
    zoneName: z.string(),
    kind: AgentKind.optional().describe('what the join token is for; an agent if not given'),
    natsUrls: z.array(z.string()),
    /** Null while the agent waits for approval: it asks for its credentials by `POST /agents/{id}/credentials`. */
    userJwt: z.string().nullable(),
    userJwtExpiresAt: Timestamp.nullable(),
    taskKeys: TaskKeySet,
    settings: z.object({ heartbeatSeconds: z.number() }),
  })
  .meta({ id: 'Enrolled' });
export type Enrolled = z.infer<typeof Enrolled>;

/** What the agent signs with its NATS key (nkey, base64url) to prove that it is the one that enrolled. */
export const credentialsProof = (agentId: string, atMs: number): string => `klevr-credentials:${agentId}:${atMs}`;

/**
 * `POST /agents/{id}/credentials`: the NATS credentials of an agent that cannot ask for them over NATS, as it waits for approval or its JWT has
 * expired. `atMs` is the agent's unix time and may differ from the centre's by at most an hour. While approval is pending the answer waits up to
 * `waitSeconds` for it, then is NOT_APPROVED; AGENT_REMOVED tells the agent to give up.
 */
export const AskCredentials = z
  .strictObject({
    atMs: z.number().int(),
    signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'must be a signature of 64 bytes in base64url'),
    waitSeconds: z.number().int().min(0).max(60).default(0),
  })
  .meta({ id: 'AskCredentials' });
export type AskCredentials = z.infer<typeof AskCredentials>;

export const AgentCredentials = z
  .object({
    userJwt: z.string(),
    userJwtExpiresAt: Timestamp,
    natsUrls: z.array(z.string()),
    taskKeys: TaskKeySet.optional().describe('for an agent that was away for so long that it knows none of them any more'),
  })
  .meta({ id: 'AgentCredentials' });
export type AgentCredentials = z.infer<typeof AgentCredentials>;
