import type { Grant } from '@klevr/contracts/access';
import { Username } from '../users/user-schemas.js';
import type { GrantsByGroup, MappedGrant } from './oidc-settings.js';

/** What the provider says of somebody, after its signature was verified. */
export interface Claims extends Readonly<Record<string, unknown>> {
  readonly iss: string;
  readonly sub: string;
}

/** By its whole name (some are addresses, with dots), else as a path: `realm_access.roles`. */
export function claimAt(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    return (value as Record<string, unknown>)[part];
  }, claims);
}

/** A user name from the first of the claims that has one. An address that the provider has not verified may be anybody's, and names nobody. */
export function usernameOf(claims: Claims, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = claimAt(claims, name);
    // Some providers write it as a text.
    const verified = claims['email_verified'];
    const isDoubtful = name === 'email' && (verified === false || verified === 'false');
    const username = typeof value === 'string' && !isDoubtful ? Username.safeParse(value.toLowerCase()) : undefined;
    if (username?.success === true) return username.data;
  }
  return undefined;
}

const DISPLAY_NAME_LENGTH = 200;

export function displayNameOf({ name }: Claims): string | null {
  const text = typeof name === 'string' ? name.trim().slice(0, DISPLAY_NAME_LENGTH).toWellFormed() : '';
  return text === '' ? null : text;
}

/** Groups are a list of texts, or one text. */
export function groupsOf(claims: Claims, name: string): string[] {
  const value = claimAt(claims, name);
  return (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');
}

/** What all groups together may do; zones as they are configured. */
export const grantsOfGroups = (groups: readonly string[], byGroup: GrantsByGroup): MappedGrant[] =>
  [...new Set(groups)].flatMap((group) => (Object.hasOwn(byGroup, group) ? (byGroup[group] ?? []) : []));

const ZONES_A_GRANT = 200;

/** One grant a role, in one order, so that the same groups give the same grants. */
export function merged(grants: readonly Grant[]): Grant[] {
  return (['admin', 'operator', 'viewer'] as const).flatMap((role): Grant[] => {
    const held = grants.filter((grant) => grant.role === role);
    if (held.some(({ zones }) => zones === null)) return [{ role, zones: null }];
    const zones = [...new Set(held.flatMap((grant) => grant.zones ?? []))].toSorted();
    return Array.from({ length: Math.ceil(zones.length / ZONES_A_GRANT) }, (_none, at) => ({
      role,
      zones: zones.slice(at * ZONES_A_GRANT, (at + 1) * ZONES_A_GRANT),
    }));
  });
}
