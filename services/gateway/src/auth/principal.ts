import { type Grant, isAtLeast, type Role } from '@klevr/contracts/access';

/** Who asks: a person by a session, or a program by an API token of that person. */
export interface Principal {
  readonly kind: 'session' | 'apiToken';
  /** Of the session or of the token. */
  readonly id: string;
  readonly userId: string;
  readonly username: string;
  /** Of a token: its own, cut to what its owner may do now. */
  readonly grants: readonly Grant[];
  /** Infinity for one that ends by being revoked only. */
  readonly expiresAtMs: number;
  /** Until they have changed their password, nothing else goes. */
  readonly mustChangePassword?: true;
}

/** The highest role in this zone; with null, in what belongs to no zone. Undefined where there is none. */
export function roleIn(grants: readonly Grant[], zoneId: string | null): Role | undefined {
  const held = grants.filter(({ zones }) => zones === null || (zoneId !== null && zones.includes(zoneId))).map(({ role }) => role);
  return held.reduce<Role | undefined>((best, role) => (best !== undefined && isAtLeast(best, role) ? best : role), undefined);
}

/** The highest role anywhere. */
export const highestRole = (grants: readonly Grant[]): Role =>
  grants.map(({ role }) => role).reduce((best, role) => (isAtLeast(best, role) ? best : role), 'viewer');

/** The zones where this role is held; undefined for all of them. */
export function zonesWith(grants: readonly Grant[], needed: Role): string[] | undefined {
  const enough = grants.filter(({ role }) => isAtLeast(role, needed));
  return enough.some(({ zones }) => zones === null) ? undefined : [...new Set(enough.flatMap(({ zones }) => zones ?? []))];
}

/** What both allow. */
export const commonGrants = (some: readonly Grant[], others: readonly Grant[]): Grant[] =>
  some.flatMap((one) =>
    others.flatMap((other) => {
      const zones = one.zones === null ? other.zones : one.zones.filter((zone) => other.zones?.includes(zone) ?? true);
      return zones?.length === 0 ? [] : [{ role: isAtLeast(one.role, other.role) ? other.role : one.role, zones }];
    }),
  );
