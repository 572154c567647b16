import { Timestamp } from '@klevr/contracts/ids';
import { z } from 'zod';
import { isFlow } from './flow-secret.js';

export const OidcOffer = z
  .object({
    enabled: z.boolean(),
    name: z.string().nullable().describe('of the provider, for a button'),
    issuer: z.string().nullable(),
    callback: z.string().nullable().describe('where browsers come back to, unless a redirectUri says otherwise'),
  })
  .meta({ id: 'OidcOffer' });
export type OidcOffer = z.infer<typeof OidcOffer>;

export const StartOidc = z
  .strictObject({
    redirectUri: z
      .string()
      .min(1)
      .max(2_048)
      .optional()
      .describe('one that is configured, or http://127.0.0.1:<port>/<path> of a program')
      .meta({ examples: ['http://127.0.0.1:49152/callback'] }),
  })
  .meta({ id: 'StartOidc' });
export type StartOidc = z.infer<typeof StartOidc>;

export const StartedOidc = z
  .object({
    authorizationUrl: z.string().describe('where the person signs in'),
    flow: z.string().describe('a secret of whoever began: it is shown at the end, and never sent to the provider'),
    expiresAt: Timestamp,
  })
  .meta({ id: 'StartedOidc' });
export type StartedOidc = z.infer<typeof StartedOidc>;

export const FinishOidc = z
  .strictObject({
    flow: z
      .string()
      .refine(isFlow, 'is no flow of a sign-in')
      .meta({ examples: [`klevr_f_${'A'.repeat(43)}`] }),
    code: z.string().min(1).max(4_096).describe('as the provider gave it to the redirect address'),
    state: z.string().min(1).max(512),
    iss: z.string().min(1).max(255).optional().describe('if the provider gave one'),
  })
  .meta({ id: 'FinishOidc' });
export type FinishOidc = z.infer<typeof FinishOidc>;

const issuer = z.string();
/** As the standard has it. The database takes a text and the same with spaces behind it for one; two people they may be. */
export const Subject = z
  .string()
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/, 'must be 1 to 255 characters of ASCII, without a space at either end')
  .meta({ examples: ['248289761001'] });
const subject = Subject.describe('the `sub` of the person at the provider');

export const Identity = z
  .object({ issuer, subject: z.string(), createdAt: Timestamp, lastUsedAt: Timestamp.nullable() })
  .meta({ id: 'Identity' });
export type Identity = z.infer<typeof Identity>;

export const IdentityList = z.object({ items: z.array(Identity) }).meta({ id: 'IdentityList' });
export type IdentityList = z.infer<typeof IdentityList>;

export const LinkIdentity = z.strictObject({ subject }).meta({ id: 'LinkIdentity' });
export type LinkIdentity = z.infer<typeof LinkIdentity>;

export const UnlinkIdentity = z.strictObject({
  subject,
  issuer: z.string().min(1).max(255).optional().describe('unless given, the configured one'),
});
export type UnlinkIdentity = z.infer<typeof UnlinkIdentity>;
