import { Role } from '@klevr/contracts/access';
import { page, PageQuery } from '@klevr/contracts/contract';
import { UserId } from '@klevr/contracts/ids';
import { ZoneRef } from '@klevr/contracts/zone';
import { z } from 'zod';
import { cursorOf, DisplayName, User, Username } from './user-schemas.js';

/** How many zones one request may name, in all its grants together. */
const ZONES = 200;

const GrantGiven = z
  .strictObject({
    role: Role,
    zones: z
      .array(ZoneRef)
      .min(1)
      .max(ZONES)
      .nullable()
      .describe('by name or id; null for all zones there are and will be, and what belongs to none'),
  })
  .meta({ id: 'GrantGiven' });

export const GrantsGiven = z
  .array(GrantGiven)
  .max(20)
  .refine((grants) => grants.reduce((sum, { zones }) => sum + (zones?.length ?? 0), 0) <= ZONES, `may name ${ZONES} zones in all`);
export type GrantsGiven = z.infer<typeof GrantsGiven>;

/** What is good is for the policy, which names every fault. */
export const NewPassword = z
  .string()
  .min(1)
  .max(2_048)
  .meta({ description: 'at least 12 characters, at most 1,024, and not easy to guess', examples: ['violet anchor 42 meadow'] });

const generatePassword = z
  .boolean()
  .default(false)
  .describe('makes one, which this answer shows and nothing else ever; it has to be changed at once');

const oneOfBoth = ({ password, generatePassword: isGenerated }: { password?: string | undefined; generatePassword: boolean }): boolean =>
  password === undefined || !isGenerated;

export const CreateUser = z
  .strictObject({
    username: Username,
    displayName: DisplayName.nullable().default(null),
    grants: GrantsGiven.default([]),
    password: NewPassword.optional(),
    generatePassword,
    mustChangePassword: z.boolean().default(false).describe('whether it has to be changed before anything else; a generated one has to be'),
  })
  .refine(oneOfBoth, { path: ['generatePassword'], message: 'is for a user without a password of your choice' })
  .meta({ id: 'CreateUser', not: { required: ['password', 'generatePassword'], properties: { generatePassword: { const: true } } } });
export type CreateUser = z.infer<typeof CreateUser>;

const password = z.string().nullable().describe('the generated one, never shown again; null where none was generated');

export const CreatedUser = User.extend({ password }).meta({ id: 'CreatedUser' });
export type CreatedUser = z.infer<typeof CreatedUser>;

export const UpdateUser = z
  .strictObject({
    displayName: DisplayName.nullable(),
    grants: GrantsGiven,
    disabled: z.boolean().describe('ends the sessions and keeps new ones and API tokens out'),
    mustChangePassword: z.boolean(),
  })
  .partial()
  .meta({ id: 'UpdateUser' });
export type UpdateUser = z.infer<typeof UpdateUser>;

export const UpdateMe = z.strictObject({ displayName: DisplayName.nullable() }).partial().meta({ id: 'UpdateMe' });
export type UpdateMe = z.infer<typeof UpdateMe>;

export const ResetPassword = z
  .strictObject({
    password: NewPassword.optional(),
    generatePassword,
    mustChangePassword: z.boolean().default(true).describe('whether it has to be changed before anything else; a generated one has to be'),
  })
  .refine(({ password: given, generatePassword: isGenerated }) => (given === undefined) === isGenerated, {
    path: ['password'],
    message: 'either this is needed, or generatePassword',
  })
  .meta({
    id: 'ResetPassword',
    oneOf: [
      { required: ['password'], properties: { generatePassword: { const: false } } },
      { required: ['generatePassword'], properties: { generatePassword: { const: true } }, not: { required: ['password'] } },
    ],
  });
export type ResetPassword = z.infer<typeof ResetPassword>;

export const ChangePassword = z
  .strictObject({ currentPassword: z.string().min(1).max(2_048), newPassword: NewPassword })
  .meta({ id: 'ChangePassword' });
export type ChangePassword = z.infer<typeof ChangePassword>;

export const ListUsers = PageQuery.extend({ cursor: cursorOf(UserId) }).strict();
export type ListUsers = z.infer<typeof ListUsers>;

export const UserPage = page(User);
export type UserPage = z.infer<typeof UserPage>;
