import { z } from 'zod';
import { AgentId, SessionId, Timestamp, ZoneId } from './ids.js';

export const agentStatuses = ['pending', 'online', 'suspect', 'lost', 'suspended', 'drained', 'left'] as const;
export const AgentStatus = z.enum(agentStatuses);
export type AgentStatus = z.infer<typeof AgentStatus>;

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
  })
  .meta({ id: 'HostFacts' });
export type HostFacts = z.infer<typeof HostFacts>;

export const Agent = z
  .object({
    id: AgentId,
    zoneId: ZoneId,
    zoneName: z.string(),
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
    lastSeenAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Agent' });
export type Agent = z.infer<typeof Agent>;

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
  .object({ keys: z.array(z.record(z.string(), z.unknown())) })
  .describe('JSON Web Key Set of the keys that sign tasks');
export type TaskKeySet = z.infer<typeof TaskKeySet>;

export const Enrolled = z
  .object({
    agentId: AgentId,
    zoneId: ZoneId,
    zoneName: z.string(),
    natsUrls: z.array(z.string()),
    userJwt: z.string(),
    userJwtExpiresAt: Timestamp,
    taskKeys: TaskKeySet,
    settings: z.object({ heartbeatSeconds: z.number() }),
  })
  .meta({ id: 'Enrolled' });
export type Enrolled = z.infer<typeof Enrolled>;
