import { Role } from '@klevr/contracts/access';
import { page, PageQuery } from '@klevr/contracts/contract';
import { ApiTokenId, Timestamp, UserId, ZoneId } from '@klevr/contracts/ids';
import { ZoneRef } from '@klevr/contracts/zone';
import { z } from 'zod';

const DAY_SECONDS = 86_400;
export const defaultLifeSeconds = 90 * DAY_SECONDS;
/** A year, also a leap year. */
export const longestLifeSeconds = 366 * DAY_SECONDS;

const TokenName = z.string().trim().min(1).max(200).meta({ description: 'what it is for', pattern: '\\S' });

export const CreateApiToken = z
  .strictObject({
    name: TokenName,
    role: Role.describe('at most what the caller has in these zones'),
    zones: z.array(ZoneRef).min(1).max(200).nullable().default(null).describe('ids or names; null is all zones, and what belongs to none'),
    expiresInSeconds: z.number().int().min(60).max(longestLifeSeconds).optional().describe('90 days, where no end is given'),
    expiresAt: Timestamp.nullable()
      .optional()
      .describe('in place of `expiresInSeconds`: within 366 days; null for one that never ends, which only admins of all zones can make'),
  })
  .refine(({ expiresInSeconds, expiresAt }) => expiresInSeconds === undefined || expiresAt === undefined, {
    path: ['expiresAt'],
    error: 'only one of `expiresInSeconds` and `expiresAt` can be given',
  })
  .meta({
    id: 'CreateApiToken',
    not: { required: ['expiresInSeconds', 'expiresAt'] },
    examples: [{ name: 'nightly backup', role: 'operator', zones: ['demo'], expiresInSeconds: 2_592_000 }],
  });
export type CreateApiToken = z.infer<typeof CreateApiToken>;

export const UpdateApiToken = z.strictObject({ name: TokenName }).meta({ id: 'UpdateApiToken', examples: [{ name: 'weekly backup' }] });
export type UpdateApiToken = z.infer<typeof UpdateApiToken>;

export const ApiToken = z
  .object({
    id: ApiTokenId,
    name: z.string(),
    prefix: z.string().describe('how the token begins'),
    userId: UserId.describe('whose it is; it never gives more than this user has'),
    username: z.string(),
    role: Role,
    zones: z.array(ZoneId).nullable().describe('null: all zones'),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable().describe('null: never; one that has ended is told for 30 days more'),
    lastUsedAt: Timestamp.nullable().describe('to the minute'),
    revision: z.number().int(),
  })
  .meta({ id: 'ApiToken' });
export type ApiToken = z.infer<typeof ApiToken>;

/** The token is in here and never again. */
export const CreatedApiToken = ApiToken.extend({ token: z.string().describe('shown in this answer and never again') }).meta({
  id: 'CreatedApiToken',
});
export type CreatedApiToken = z.infer<typeof CreatedApiToken>;

export const ListApiTokens = PageQuery.extend({
  cursor: ApiTokenId.optional(),
  user: z
    .union([UserId, z.literal('all')], { error: 'must be the id of a user, or all' })
    .optional()
    .describe('those of this user, or of everybody; for admins of all zones'),
}).strict();
export type ListApiTokens = z.infer<typeof ListApiTokens>;

export const ApiTokenPage = page(ApiToken);
export type ApiTokenPage = z.infer<typeof ApiTokenPage>;
