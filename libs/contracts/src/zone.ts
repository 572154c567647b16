import { z } from 'zod';
import { AgentId, JoinTokenId, Timestamp, ZoneId } from './ids.js';
import { agentStatuses } from './agent.js';

export const ZoneName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1–63 lower-case letters, digits and hyphens, without a hyphen at either end');

/** A zone in a path or a body: its id or its name. */
export const ZoneRef = z.union([ZoneId, ZoneName], { error: 'must be the id or the name of a zone' });

export const labelKey = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
export const labelValue = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
export const Labels = z
  .record(z.string().regex(labelKey, 'is not a label name'), z.string().regex(labelValue, 'is not a label value'))
  .refine((labels) => Object.keys(labels).length <= 64, 'has more than 64 labels')
  .meta({ examples: [{ role: 'web' }] });

export const zonePlatforms = ['bare-metal', 'vm', 'laptop', 'private-cloud', 'aws', 'gcp', 'azure', 'kubernetes'] as const;
export const zoneEnvironments = ['dev', 'test', 'prod'] as const;

export const ZoneSettings = z.strictObject({
  heartbeatSeconds: z.number().min(0.2).max(300).default(10),
  lostAfterSeconds: z.number().min(1).max(86_400).default(60),
  maxConcurrentRuns: z.number().int().min(1).max(10_000).default(256),
});
export type ZoneSettings = z.infer<typeof ZoneSettings>;

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

export const PrimaryInfo = z
  .object({
    agentId: AgentId,
    epoch: z.number().int(),
    since: Timestamp,
    stamp: z.number().int().describe('unix seconds of the last acknowledged sign of life'),
  })
  .meta({ id: 'Primary' });
export type PrimaryInfo = z.infer<typeof PrimaryInfo>;

export const Zone = z
  .object({
    id: ZoneId,
    name: ZoneName,
    platform: z.enum(zonePlatforms),
    environment: z.enum(zoneEnvironments),
    labels: Labels,
    settings: ZoneSettings,
    primary: PrimaryInfo.nullable(),
    agents: z.record(z.enum(agentStatuses), z.number().int()).describe('number of agents by status'),
    createdAt: Timestamp,
  })
  .meta({ id: 'Zone' });
export type Zone = z.infer<typeof Zone>;

export const CreateJoinToken = z
  .strictObject({
    ttlSeconds: z.number().int().min(1).max(2_592_000).default(3600),
    maxUses: z.number().int().min(1).max(100_000).default(1),
    labels: Labels.default({}),
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
