import { Grant } from '@klevr/contracts/access';
import { page, PageQuery } from '@klevr/contracts/contract';
import { InvitationId, Timestamp, UserId } from '@klevr/contracts/ids';
import { z } from 'zod';
import { GrantsGiven, NewPassword } from './user-requests.js';
import { cursorOf, DisplayName, Username } from './user-schemas.js';

const DAY_SECONDS = 86_400;

export const CreateInvitation = z
  .strictObject({
    username: Username.optional().describe('the only name that can be taken; the invited person chooses where it is absent'),
    grants: GrantsGiven.default([]).describe('what the invited person may do; nothing that the caller could not give'),
    ttlSeconds: z
      .number()
      .int()
      .min(60)
      .max(30 * DAY_SECONDS)
      .default(7 * DAY_SECONDS),
  })
  .meta({ id: 'CreateInvitation' });
export type CreateInvitation = z.infer<typeof CreateInvitation>;

export const Invitation = z
  .object({
    id: InvitationId,
    username: z.string().nullable(),
    grants: z.array(Grant),
    createdBy: UserId,
    createdAt: Timestamp,
    expiresAt: Timestamp,
    usedAt: Timestamp.nullable(),
    userId: UserId.nullable().describe('who came in by it'),
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof Invitation>;

export const CreatedInvitation = Invitation.extend({ token: z.string().describe('shown in this answer and never again') }).meta({
  id: 'CreatedInvitation',
});
export type CreatedInvitation = z.infer<typeof CreatedInvitation>;

export const ListInvitations = PageQuery.extend({ cursor: cursorOf(InvitationId) }).strict();
export type ListInvitations = z.infer<typeof ListInvitations>;

export const InvitationPage = page(Invitation);
export type InvitationPage = z.infer<typeof InvitationPage>;

export const SignUp = z
  .strictObject({
    invitation: z.string().min(1).max(256).optional().describe('the token of an invitation; not needed where sign-up is open'),
    username: Username,
    password: NewPassword,
    displayName: DisplayName.nullable().default(null),
  })
  .meta({ id: 'SignUp' });
export type SignUp = z.infer<typeof SignUp>;
