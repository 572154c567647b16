import { z } from 'zod';
import { AgentId, IncidentId, JoinTokenId, Timestamp, ZoneId } from './ids.js';
import { AgentKind, agentStatuses } from './agent.js';
import { Labels } from './labels.js';

export const ZoneName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1–63 lower-case letters, digits and hyphens, without a hyphen at either end')
  .meta({ examples: ['demo'] });

/** A zone in a path or a body: its id or its name. */
export const ZoneRef = z
  .union([ZoneId, ZoneName], { error: 'must be the id or the name of a zone' })
  .meta({ description: 'id or name of a zone', examples: ['demo'] });

export const zonePlatforms = ['bare-metal', 'vm', 'laptop', 'private-cloud', 'aws', 'gcp', 'azure', 'kubernetes'] as const;
export const zoneEnvironments = ['dev', 'test', 'prod'] as const;

export const ZoneSettings = z.strictObject({
  heartbeatSeconds: z.number().min(0.2).max(300).default(10),
  lostAfterSeconds: z.number().min(1).max(86_400).default(60),
  maxConcurrentRuns: z.number().int().min(1).max(10_000).default(256),
  /** Of one host. */
  maxConcurrentRunsPerAgent: z.number().int().min(1).max(10_000).default(64),
  /** How long the zone may be without a primary before an event says so. */
  headlessAlarmSeconds: z.number().min(1).max(3_600).default(10),
});
export type ZoneSettings = z.infer<typeof ZoneSettings>;

/** The same fields without their defaults: what is absent is not changed. */
const { heartbeatSeconds, lostAfterSeconds, maxConcurrentRuns, maxConcurrentRunsPerAgent, headlessAlarmSeconds } = ZoneSettings.shape;
export const ZoneSettingsChange = z.strictObject({
  heartbeatSeconds: heartbeatSeconds.unwrap().optional(),
  lostAfterSeconds: lostAfterSeconds.unwrap().optional(),
  maxConcurrentRuns: maxConcurrentRuns.unwrap().optional(),
  maxConcurrentRunsPerAgent: maxConcurrentRunsPerAgent.unwrap().optional(),
  headlessAlarmSeconds: headlessAlarmSeconds.unwrap().optional(),
});

export const CreateZone = z
  .strictObject({
    name: ZoneName,
    platform: z.enum(zonePlatforms).default('bare-metal'),
    environment: z.enum(zoneEnvironments).default('dev'),
    labels: Labels.default({}),
    settings: ZoneSettings.prefault({}),
  })
  .meta({ id: 'CreateZone' });
export type CreateZone = z.infer<typeof CreateZone>;

/** `PATCH /zones/{zone}`: what is not given stays, single settings included; labels are replaced as a whole. The name stays for ever. */
export const UpdateZone = z
  .strictObject({
    platform: z.enum(zonePlatforms).optional(),
    environment: z.enum(zoneEnvironments).optional(),
    labels: Labels.optional(),
    settings: ZoneSettingsChange.optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'UpdateZone', minProperties: 1 });
export type UpdateZone = z.infer<typeof UpdateZone>;

export const PrimaryInfo = z
  .object({
    agentId: AgentId,
    epoch: z.number().int(),
    since: Timestamp,
    stamp: z.number().int().describe('unix seconds of the last acknowledged sign of life'),
  })
  .meta({ id: 'Primary' });
export type PrimaryInfo = z.infer<typeof PrimaryInfo>;

export const headlessReasons = ['noAgents', 'nobodyOnline', 'nobodyMayLead', 'electing'] as const;
/** Why a zone has no primary: it has no agents, none is online, every one is labelled `primary=never` (or drained), or it is being settled. */
export const Headless = z
  .object({ since: Timestamp.nullable(), reason: z.enum(headlessReasons), detail: z.string() })
  .meta({ id: 'Headless' });
export type Headless = z.infer<typeof Headless>;

export const Zone = z
  .object({
    id: ZoneId,
    name: ZoneName,
    platform: z.enum(zonePlatforms),
    environment: z.enum(zoneEnvironments),
    labels: Labels,
    settings: ZoneSettings,
    primary: PrimaryInfo.nullable(),
    headless: Headless.nullable().describe('null while there is a primary'),
    agents: z.record(z.enum(agentStatuses), z.number().int()).describe('number of agents by status'),
    revision: z.number().int().describe('grows with every change by an operator; what If-Match compares'),
    createdAt: Timestamp,
  })
  .meta({ id: 'Zone' });
export type Zone = z.infer<typeof Zone>;

export const CreateJoinToken = z
  .strictObject({
    ttlSeconds: z.number().int().min(1).max(2_592_000).default(3600),
    maxUses: z.number().int().min(1).max(100_000).default(1),
    labels: Labels.default({}),
    kind: AgentKind.default('agent'),
    approval: z.boolean().default(false).describe('agents that join by it wait as pending until an operator approves them'),
    rejoin: z
      .boolean()
      .default(false)
      .describe('a host whose machine id is that of an agent of this zone that is not online takes over its identity and history'),
  })
  .meta({ id: 'CreateJoinToken' });
export type CreateJoinToken = z.infer<typeof CreateJoinToken>;

export const JoinToken = z
  .object({
    id: JoinTokenId,
    zoneId: ZoneId,
    expiresAt: Timestamp,
    maxUses: z.number().int(),
    uses: z.number().int(),
    labels: Labels,
    kind: AgentKind,
    approval: z.boolean(),
    rejoin: z.boolean(),
    createdAt: Timestamp,
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: 'JoinToken' });
export type JoinToken = z.infer<typeof JoinToken>;

/** The answer to making one: the token is in here and never again. */
export const CreatedJoinToken = JoinToken.extend({ token: z.string() });
export type CreatedJoinToken = z.infer<typeof CreatedJoinToken>;

/** One past or present primary. `gapMs`: how long the zone had been without one when this term began to be used. */
export const Term = z
  .object({
    agentId: AgentId,
    epoch: z.number().int(),
    from: Timestamp,
    readyAt: Timestamp.nullable(),
    to: Timestamp.nullable(),
    cause: z.string().describe('why it was appointed'),
    endCause: z.string().nullable(),
    gapMs: z.number().nullable(),
  })
  .meta({ id: 'Term' });
export type Term = z.infer<typeof Term>;

/** A latched guard: while one is open, nobody of its zone (of any zone, where `zoneId` is null) is declared lost. */
export const Incident = z
  .object({
    id: IncidentId,
    zoneId: ZoneId.nullable(),
    cause: z.enum(['massLoss', 'natsAway', 'databaseAway', 'schedulersAway']),
    detail: z.string(),
    /** The agents that were gone when it was opened, of how many. */
    gone: z.number().int(),
    of: z.number().int(),
    openedAt: Timestamp,
    closedAt: Timestamp.nullable(),
    closeCause: z.enum(['recovered', 'operator', 'timedOut']).nullable(),
    closedBy: z.string().nullable(),
  })
  .meta({ id: 'Incident' });
export type Incident = z.infer<typeof Incident>;
