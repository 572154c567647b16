import { page, PageQuery } from '@klevr/contracts/contract';
import { LoginId, Timestamp, UserId } from '@klevr/contracts/ids';
import { z } from 'zod';
import { cursorOf, User } from '../users/user-schemas.js';

export const CreateSession = z
  .strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(1024) })
  .meta({ id: 'CreateSession' });
export type CreateSession = z.infer<typeof CreateSession>;

const token = z.string().describe('shown in this answer and never again');
const expiresAt = Timestamp.describe('when the token ends, unless the session is renewed before');
const endsAt = Timestamp.describe('when the session ends, however often it is renewed');

/** The token is in here and never again. */
export const CreatedSession = z.object({ id: LoginId, token, expiresAt, endsAt, user: User }).meta({ id: 'CreatedSession' });
export type CreatedSession = z.infer<typeof CreatedSession>;

export const RenewedSession = z.object({ id: LoginId, token, expiresAt, endsAt }).meta({ id: 'RenewedSession' });
export type RenewedSession = z.infer<typeof RenewedSession>;

export const Session = z
  .object({
    id: LoginId,
    userId: UserId,
    username: z.string(),
    current: z.boolean().describe('whether it is the one that asks'),
    method: z
      .string()
      .describe('how the person came in')
      .meta({ examples: ['password'] }),
    address: z.string().describe('from where'),
    userAgent: z.string().nullable(),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.nullable().describe('to the minute'),
    expiresAt,
    endsAt,
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

export const ListSessions = PageQuery.extend({
  cursor: cursorOf(LoginId),
  user: UserId.optional().describe('of this user; for admins of all zones'),
}).strict();
export type ListSessions = z.infer<typeof ListSessions>;

export const SessionPage = page(Session);
export type SessionPage = z.infer<typeof SessionPage>;
