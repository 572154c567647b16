import { z } from 'zod';
import { Timestamp, ZoneId } from './ids.js';

export const EnvironmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'is not the name of an environment variable');

/** Names a secret of a zone; usable as the name of a variable as it is. */
export const CredentialName = EnvironmentName.describe('name of a secret of the zone').meta({ examples: ['DB_PASSWORD'] });

export const credentialValueBytes = 65_536;
const CredentialValue = z.string().min(1).max(credentialValueBytes).describe('goes in, never out');

export const CreateCredential = z
  .strictObject({ name: CredentialName, value: CredentialValue, description: z.string().max(500).default('') })
  .meta({ id: 'CreateCredential' });
export type CreateCredential = z.infer<typeof CreateCredential>;

/** `PATCH /zones/{zone}/credentials/{name}`: what is not given stays. Runs that start from now on get the new value. */
export const UpdateCredential = z
  .strictObject({ value: CredentialValue.optional(), description: z.string().max(500).optional() })
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'UpdateCredential', minProperties: 1 });
export type UpdateCredential = z.infer<typeof UpdateCredential>;

/** Without its value. */
export const Credential = z
  .object({
    name: CredentialName,
    zoneId: ZoneId,
    description: z.string(),
    createdBy: z.string(),
    createdAt: Timestamp,
    updatedAt: Timestamp.describe('when its value was set last'),
    lastUsedAt: Timestamp.nullable().describe('when a run was last sent with it'),
  })
  .meta({ id: 'Credential' });
export type Credential = z.infer<typeof Credential>;

/** How a task gets a secret: its name alone means an environment variable of that name. */
export const CredentialUse = z
  .union(
    [
      CredentialName,
      z.strictObject({
        name: CredentialName,
        as: z.enum(['environment', 'file']).default('environment'),
        variable: EnvironmentName.optional().describe(
          'the variable with the value, or with the path of the file; the name of the secret if not given',
        ),
      }),
    ],
    { error: 'must be the name of a credential, or {name, as: "environment" | "file", variable}' },
  )
  .meta({ id: 'CredentialUse' });
export type CredentialUse = z.infer<typeof CredentialUse>;
