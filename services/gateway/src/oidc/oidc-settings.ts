import { Role } from '@klevr/contracts/access';
import { commaList, secret } from '@klevr/platform/config';
import { z } from 'zod';
import { isLoopback } from './redirects.js';

/** What somebody may do whom the provider puts into a group; zones by name or id, null for all of them. */
export const MappedGrant = z.strictObject({ role: Role, zones: z.array(z.string().min(1).max(64)).min(1).max(200).nullable() });
export type MappedGrant = z.infer<typeof MappedGrant>;
export type GrantsByGroup = Readonly<Record<string, readonly MappedGrant[]>>;

const GrantsByGroup = z.record(z.string().min(1).max(255), z.array(MappedGrant).min(1).max(20));

const grantsByGroup = z.string().transform((text, context): GrantsByGroup => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON, such as {"klevr-admins":[{"role":"admin","zones":null}]}' });
    return z.NEVER;
  }
  const parsed = GrantsByGroup.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'the whole'}: ${message}`);
  context.addIssue({ code: 'custom', message: faults.join('; ') });
  return z.NEVER;
});

/** `https://…`; on this machine also `http://…`, for trying it out. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
  return isSafe && /^[\x21-\x7e]{1,255}$/.test(text) && username === '' && password === '' && search === '' && hash === '';
}

const claimName = z.string().min(1).max(255);

/** Of the gateway's configuration. */
export const oidcConfig = {
  oidcIssuer: z
    .string()
    .refine(isIssuer, 'must be the https address of an OpenID Connect provider, as its own description names it')
    .optional()
    .describe('people may sign in with this OpenID Connect provider'),
  oidcName: z.string().min(1).max(64).optional().describe('of the provider, for those who sign in; unless set, its host'),
  oidcClientId: z.string().min(1).max(255).optional(),
  oidcClientSecret: secret(z.string().min(1).max(1024).optional()).describe('none for a public client'),
  oidcClientAuth: z.enum(['basic', 'post']).default('basic').describe('how the secret is shown to the provider'),
  oidcScopes: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'must be scopes with one space between')
    .refine((text) => text.split(' ').includes('openid'), 'must name openid')
    .default('openid profile email'),
  oidcUsernameClaim: claimName.optional().describe('names new users; unless set, preferred_username, else email'),
  oidcGrantsClaim: claimName.optional().describe('the groups of somebody, such as groups or realm_access.roles'),
  oidcRoles: grantsByGroup.optional().describe('JSON: what each group may do, applied anew at each sign-in'),
  oidcTimeoutSeconds: z.coerce.number().min(0.1).max(30).default(5).describe('so long a request to the provider may take'),
  oidcSignUp: z.enum(['true', 'false']).default('false').describe('whether the first sign-in of a stranger makes a user'),
  oidcRedirectUris: commaList(z.url({ protocol: /^https?$/, error: 'must be http or https addresses' }))
    .optional()
    .describe('where the provider may send people back to, besides /oidc/callback of the public address and loopback'),
};

export type OidcConfig = z.infer<z.ZodObject<typeof oidcConfig>>;

/** What would go wrong only at the first sign-in. */
export function oidcFaults(config: OidcConfig): { path: keyof OidcConfig; message: string }[] {
  if (config.oidcIssuer === undefined) return [];
  const faults: { path: keyof OidcConfig; message: string }[] = [];
  if (config.oidcClientId === undefined) faults.push({ path: 'oidcClientId', message: 'is needed for sign-in with the provider' });
  if ((config.oidcGrantsClaim === undefined) !== (config.oidcRoles === undefined))
    faults.push({
      path: config.oidcRoles === undefined ? 'oidcRoles' : 'oidcGrantsClaim',
      message: 'KLEVR_OIDC_GRANTS_CLAIM and KLEVR_OIDC_ROLES are set together or not at all',
    });
  return faults;
}

export interface OidcProvider {
  readonly issuer: string;
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly clientAuth: 'basic' | 'post';
  readonly scopes: string;
  readonly timeoutSeconds: number;
  readonly usernameClaims: readonly string[];
  /** Undefined where an admin says who may do what. */
  readonly groups: { readonly claim: string; readonly grants: GrantsByGroup } | undefined;
  readonly signUp: boolean;
  /** Where people come back to unless they say otherwise. */
  readonly callback: string | undefined;
  readonly redirectUris: readonly string[];
}

export class OidcSettings {
  constructor(readonly provider?: OidcProvider) {}
}

export function oidcSettingsOf(config: OidcConfig, publicUrl: string | undefined): OidcSettings {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcGrantsClaim: claim, oidcRoles: grants } = config;
  if (issuer === undefined || clientId === undefined) return new OidcSettings();
  const callback = publicUrl === undefined ? undefined : `${publicUrl.replace(/\/+$/, '')}/oidc/callback`;
  return new OidcSettings({
    issuer,
    name: config.oidcName ?? new URL(issuer).host,
    clientId,
    clientSecret: config.oidcClientSecret,
    clientAuth: config.oidcClientAuth,
    scopes: config.oidcScopes,
    timeoutSeconds: config.oidcTimeoutSeconds,
    usernameClaims: config.oidcUsernameClaim === undefined ? ['preferred_username', 'email'] : [config.oidcUsernameClaim],
    groups: claim === undefined || grants === undefined ? undefined : { claim, grants },
    signUp: config.oidcSignUp === 'true',
    callback,
    redirectUris: [...(callback === undefined ? [] : [callback]), ...(config.oidcRedirectUris ?? [])],
  });
}
