import { Grant, Role } from '@klevr/contracts/access';
import { PageQuery } from '@klevr/contracts/contract';
import { Timestamp, UserId } from '@klevr/contracts/ids';
import { z } from 'zod';

/** Small letters only, so that no two names differ in capitals alone. */
export const Username = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@+-]{0,63}$/, 'must be 1 to 64 small letters, digits or . _ @ + -, and begin with a letter or a digit')
  .meta({ examples: ['jane.doe'] });

export const DisplayName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .meta({ examples: ['Jane Doe'] });

export const User = z
  .object({
    id: UserId,
    username: z.string(),
    displayName: z.string().nullable(),
    role: Role.nullable().describe('the highest role in any zone; null for somebody without any'),
    grants: z.array(Grant),
    disabled: z.boolean(),
    mustChangePassword: z.boolean().describe('until the password is changed, nothing else goes'),
    hasPassword: z.boolean().describe('false for somebody who signs in elsewhere only'),
    createdAt: Timestamp,
    lastSignInAt: Timestamp.nullable(),
    revision: z.number().int().positive(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

const { cursor } = PageQuery.shape;

/** Of a list in the order of its ids: the last id that was shown. */
export const cursorOf = (id: z.ZodString) =>
  cursor
    .refine((text) => text === undefined || id.safeParse(text).success, 'is not a cursor of this list')
    .describe(cursor.description ?? '');
