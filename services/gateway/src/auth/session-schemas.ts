import { Grant, Role } from '@klevr/contracts/access';
import { Timestamp, UserId } from '@klevr/contracts/ids';
import { z } from 'zod';

export const CreateSession = z
  .strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(1024) })
  .meta({ id: 'CreateSession' });
export type CreateSession = z.infer<typeof CreateSession>;

export const User = z
  .object({ id: UserId, username: z.string(), role: Role.describe('the highest role in any zone'), grants: z.array(Grant) })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

/** The token is in here and never again. */
export const CreatedSession = z.object({ token: z.string(), expiresAt: Timestamp, user: User }).meta({ id: 'CreatedSession' });
export type CreatedSession = z.infer<typeof CreatedSession>;
